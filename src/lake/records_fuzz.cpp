// Whatever bytes come: they decode to what encodes and decodes to the same, or are refused.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "lake/finding_record.h"
#include "lake/multipart_record.h"
#include "lake/pull_record.h"
#include "lake/refs_manifest.h"
#include "lake/retention_rules.h"
#include "lake/task_record.h"

namespace {

// By their encoding, which is one for each value.
template <class Decode, class Encode>
void round_trip(std::string_view bytes, Decode decode, Encode encode) {
  const auto value = decode(bytes);
  if (!value) return;
  const std::string encoded = encode(*value);
  const auto again = decode(encoded);
  MERE_CHECK(again && encode(*again) == encoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mere::lake;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  round_trip(bytes, decode_upload, encode_upload);
  round_trip(bytes, decode_part, encode_part);
  round_trip(bytes, decode_task, encode_task);
  round_trip(bytes, decode_finding, encode_finding);
  round_trip(bytes, decode_counts, encode_counts);
  round_trip(bytes, decode_pull, encode_pull);
  round_trip(bytes, decode_rules, encode_rules);
  round_trip(bytes, parse_manifest, format_manifest);
  return 0;
}
