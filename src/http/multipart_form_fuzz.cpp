// Forms as they come from outside: however the bytes are cut, the same parts or an error are found.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/executor.h"
#include "http/multipart_form.h"

namespace {

using namespace mere;
using namespace mere::http;

class PiecewiseBody final : public BodyReader {
 public:
  PiecewiseBody(std::string_view bytes, std::size_t step) : bytes_(bytes), step_(step) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const std::size_t count = std::min({into.size(), step_, bytes_.size()});
    std::copy_n(bytes_.data(), count, reinterpret_cast<char*>(into.data()));
    bytes_.remove_prefix(count);
    co_return count;
  }

 private:
  std::string_view bytes_;
  std::size_t step_;
};

Task<Result<std::vector<std::string>>> read_parts(std::string_view bytes, std::size_t step) {
  PiecewiseBody body(bytes, step);
  MultipartForm form(body, "B", {1024, 20});
  std::vector<std::string> parts;
  while (true) {
    CO_ASSIGN_OR_RETURN(auto part, co_await form.next());
    if (!part) co_return parts;
    CO_ASSIGN_OR_RETURN(std::string content, co_await read_all(part->body.get(), 1u << 20));
    parts.push_back(part->name + "|" + part->filename.value_or("") + "|" + part->content_type + "|" +
                    content);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] % 16 + 1u + size / 256;  // an input has some hundred at most
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  BlockingExecutor executor;

  const auto whole = executor.run(read_parts(bytes, bytes.size() + 1));
  const auto cut = executor.run(read_parts(bytes, step));

  MERE_CHECK(whole.has_value() == cut.has_value());
  MERE_CHECK(!whole || *whole == *cut);
  multipart_boundary(bytes);
  parse_query(bytes);
  return 0;
}
