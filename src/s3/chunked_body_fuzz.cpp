// Streamed uploads from outside: however the bytes are cut, the same payload or the same refusal is found,
// and what was read can be framed and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "s3/body_for_test.h"
#include "s3/checked_body.h"

namespace {

using namespace mere;
using namespace mere::s3;

struct Read {
  std::string payload;  // "" if refused
  std::string refusal;
  bool operator==(const Read&) const = default;
};

Read read(std::string bytes, const AwsChunkedOptions& options, std::size_t arriving, std::size_t wanted) {
  auto body = make_aws_chunked_body(std::make_unique<PiecewiseBody>(std::move(bytes), arriving),
                                    *PayloadChecks::of_headers({}, true), options);
  auto payload = drain(*body, wanted);
  if (payload) {
    MERE_CHECK(body->failure() == nullptr && body->checksum().has_value() == options.trailer.has_value());
    return {*std::move(payload), ""};
  }
  MERE_CHECK(body->failure() != nullptr);
  return {"", body->failure()->code};
}

AwsChunkedOptions options_of(std::uint8_t choice) {
  AwsChunkedOptions options;
  if ((choice & 1) != 0) options.trailer = ChecksumAlgorithm::crc32c;
  if ((choice & 2) != 0) options.announced_payload = 5;
  if ((choice & 4) != 0) {
    const http::AwsScope scope{"20130524", "us-east-1", "s3"};
    options.signing = ChunkSigning{{}, "20130524T000000Z", scope, std::string(64, '0')};
  }
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const AwsChunkedOptions options = options_of(data[0]);
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  const std::size_t least = 1 + size / 256;  // an input has some hundred pieces at most
  const Read whole = read(bytes, options, size, 1u << 16);
  MERE_CHECK(read(bytes, options, least, 7 * least) == whole);
  MERE_CHECK(read(bytes, options, 13 * least, least) == whole);
  if (!whole.refusal.empty()) return 0;

  std::vector<std::string> chunks;
  if (!whole.payload.empty()) chunks.push_back(whole.payload);
  MERE_CHECK((read(framed(chunks, nullptr) + "\r\n", {}, 5, 100) == Read{whole.payload, ""}));
  return 0;
}
