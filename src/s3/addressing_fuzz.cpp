// Hosts, paths and queries of any bytes: what they name is what they name when it is written and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/encoding.h"
#include "s3/addressing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mere::s3;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find('\n');
  const std::string_view host = text.substr(0, cut);
  const std::string_view path = cut == std::string_view::npos ? text : text.substr(cut + 1);

  for (const std::string_view named : {std::string_view("localhost:8000"), host}) {
    const auto target = parse_target(named, path, {"s3.example.com"});
    if (!target || target->level != Level::object || target->in_host) continue;
    const auto again = parse_target("localhost:8000",
                                    "/" + mere::percent_encode(target->repository + "/" + target->key()), {});
    MERE_CHECK(!again || again->level != Level::object || again->key().size() <= target->key().size() + 1);
  }
  const Key key = parse_key(path);
  MERE_CHECK(key.ref.size() + key.path.size() <= path.size());
  if (const auto query = Query::parse(path)) {
    for (const char* name : {"uploadId", "versions", "prefix", ""})
      MERE_CHECK(query->has(name) || query->get(name).empty());
  }
  return 0;
}
