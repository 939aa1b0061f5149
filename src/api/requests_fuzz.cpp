// Bodies and queries of any bytes: read, written and read again they are the same.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/json.h"
#include "api/operations.h"
#include "api/routes.h"
#include "base/check.h"

namespace {

struct NoHeaders {
  const std::string* find(std::string_view) const { return nullptr; }
};

template <class T>
void read_twice(std::string_view text) {
  const mere::Result<T> once = mere::api::read_json<T>(text);
  if (!once) return;
  const mere::Result<T> twice = mere::api::read_json<T>(mere::api::to_json(*once));
  MERE_CHECK(twice && *twice == *once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_twice<mere::api::ObjectStatsList>(text);
  read_twice<mere::api::Policy>(text);
  read_twice<mere::api::CommitCreation>(text);
  read_twice<mere::api::ExternalLoginInformation>(text);

  const std::optional<mere::api::RouteMatch> match = mere::api::match_route("GET", text);
  const std::string_view path[] = {"repository", text};
  const NoHeaders headers;
  (void)mere::api::ListObjectsParams::parse(
      mere::api::RawParams(match ? match->path() : path, text, headers));
  (void)mere::api::LogCommitsParams::parse(mere::api::RawParams(path, text, headers));
  return 0;
}
