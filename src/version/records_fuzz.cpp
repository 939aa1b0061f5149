// Whatever bytes come: they decode to what encodes and decodes to the same, or are refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "version/records.h"

namespace {

template <class Decode, class Encode>
void round_trip(std::string_view bytes, Decode decode, Encode encode) {
  const auto value = decode(bytes);
  if (!value) return;
  const auto again = decode(encode(*value));
  MERE_CHECK(again && *again == *value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mere::version;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  round_trip(bytes, decode_repository, encode_repository);
  round_trip(bytes, decode_commit, encode_commit);
  round_trip(bytes, decode_branch, encode_branch);
  round_trip(bytes, decode_tag, encode_tag);
  if (const auto staged = decode_staged(bytes)) {
    const std::string encoded = encode_staged(staged->identity, staged->data);
    const auto again = decode_staged(encoded);
    MERE_CHECK(again && again->identity == staged->identity && again->data == staged->data);
  }
  return 0;
}
