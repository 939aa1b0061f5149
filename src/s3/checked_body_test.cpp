#include "s3/checked_body.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "s3/body_for_test.h"

namespace mere::s3 {
namespace {

const std::string kHello = "hello world";

http::Headers headers_of(std::initializer_list<http::Headers::Field> fields) {
  http::Headers headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return headers;
}

std::string checksum_text(ChecksumAlgorithm algorithm, std::string_view bytes) {
  ContentChecksum checksum(algorithm);
  checksum.update(std::as_bytes(std::span(bytes)));
  return to_base64(checksum.finish());
}

std::unique_ptr<CheckedBody> plain(const http::Headers& headers, const std::string& bytes = kHello) {
  auto checks = PayloadChecks::of_headers(headers, true);
  return make_plain_body(std::make_unique<PiecewiseBody>(bytes, 3), *std::move(checks));
}

std::string error_of(CheckedBody& body) {
  const auto read = drain(body);
  if (read) return "";
  return body.failure() != nullptr ? body.failure()->code : "no failure";
}

std::string refusal_of(const http::Headers& headers) {
  auto checks = PayloadChecks::of_headers(headers, true);
  return checks ? "" : checks.error().code;
}

TEST(PlainBody, IsReadAsItIs) {
  auto body = plain({});

  EXPECT_EQ(*drain(*body, 4), kHello);
  EXPECT_EQ(body->failure(), nullptr);
  EXPECT_FALSE(body->checksum());
}

TEST(PlainBody, IsComparedWithContentMd5) {
  EXPECT_EQ(error_of(*plain(headers_of({{"Content-MD5", to_base64(md5(kHello))}}))), "");
  EXPECT_EQ(error_of(*plain(headers_of({{"content-md5", to_base64(md5("other"))}}))), "BadDigest");
  EXPECT_EQ(refusal_of(headers_of({{"Content-MD5", ""}})), "InvalidDigest");
  EXPECT_EQ(refusal_of(headers_of({{"Content-MD5", "YWJyYWNhZGFicmE="}})), "InvalidDigest");
}

TEST(PlainBody, IsComparedWithEveryChecksum) {
  for (const auto algorithm :
       {ChecksumAlgorithm::crc32, ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc64nvme,
        ChecksumAlgorithm::sha1, ChecksumAlgorithm::sha256}) {
    const std::string name(checksum_header(algorithm));
    auto good = plain(headers_of({{name, checksum_text(algorithm, kHello)}}));

    EXPECT_EQ(error_of(*good), "");
    ASSERT_TRUE(good->checksum());
    EXPECT_EQ(good->checksum()->algorithm, algorithm);
    EXPECT_EQ(to_base64(good->checksum()->raw), checksum_text(algorithm, kHello));
    EXPECT_EQ(error_of(*plain(headers_of({{name, checksum_text(algorithm, "other")}}))), "BadDigest");
    EXPECT_EQ(refusal_of(headers_of({{name, "AAA"}})), "InvalidRequest");
    EXPECT_EQ(refusal_of(headers_of({{name, "not base64"}})), "InvalidRequest");
  }
}

TEST(PlainBody, TakesOneChecksumAndNoOtherHeadersForOne) {
  EXPECT_EQ(refusal_of(headers_of({{"x-amz-checksum-crc32", checksum_text(ChecksumAlgorithm::crc32, kHello)},
                                   {"x-amz-checksum-sha1", checksum_text(ChecksumAlgorithm::sha1, kHello)}})),
            "InvalidRequest");
  EXPECT_EQ(refusal_of(headers_of({{"x-amz-checksum-type", "FULL_OBJECT"},
                                   {"x-amz-checksum-algorithm", "CRC32"},
                                   {"x-amz-checksum-mode", "ENABLED"}})),
            "");
}

TEST(PlainBody, ComputesAChecksumThatIsAskedFor) {
  auto body = plain({});

  body->compute(ChecksumAlgorithm::crc64nvme);

  EXPECT_EQ(*drain(*body), kHello);
  ASSERT_TRUE(body->checksum());
  EXPECT_EQ(to_base64(body->checksum()->raw), checksum_text(ChecksumAlgorithm::crc64nvme, kHello));
}

TEST(PlainBody, IsComparedWithItsSignedHash) {
  for (const std::string& signed_payload : {kHello, std::string("other")}) {
    auto checks = *PayloadChecks::of_headers({}, true);
    checks.expect_sha256(to_hex(sha256(signed_payload)));
    auto body = make_plain_body(std::make_unique<PiecewiseBody>(kHello, 4), std::move(checks));

    EXPECT_EQ(error_of(*body), signed_payload == kHello ? "" : "XAmzContentSHA256Mismatch");
  }
}

TEST(PlainBody, IsCheckedWhenThereIsNone) {
  auto checks = *PayloadChecks::of_headers({}, true);
  checks.expect_sha256(to_hex(sha256(kHello)));
  auto body = make_plain_body(nullptr, std::move(checks));

  EXPECT_EQ(error_of(*body), "XAmzContentSHA256Mismatch");
  EXPECT_EQ(error_of(*make_plain_body(nullptr, *PayloadChecks::of_headers({}, true))), "");
}

// --- in chunks

const std::vector<std::string> kChunks{std::string(20'000, 'a'), "b", std::string(9'000, 'c')};
const std::string kPayload = kChunks[0] + kChunks[1] + kChunks[2];

ChunkSigning seed() {
  http::AwsSigningKeys keys;
  const http::AwsScope scope{"20130524", "us-east-1", "s3"};
  return {keys.get("secret", scope), "20130524T000000Z", scope, std::string(64, '0')};
}

std::unique_ptr<CheckedBody> chunked(std::string bytes, AwsChunkedOptions options, std::size_t step = 1000) {
  return make_aws_chunked_body(std::make_unique<PiecewiseBody>(std::move(bytes), step),
                               *PayloadChecks::of_headers({}, true), std::move(options));
}

AwsChunkedOptions signed_options() {
  return {.signing = seed(), .trailer = std::nullopt, .announced_payload = kPayload.size()};
}
AwsChunkedOptions trailer_options() {
  return {
      .signing = std::nullopt, .trailer = ChecksumAlgorithm::crc32c, .announced_payload = kPayload.size()};
}
std::string trailer_line(std::string_view payload = kPayload) {
  return "x-amz-checksum-crc32c:" + checksum_text(ChecksumAlgorithm::crc32c, payload);
}

std::string signed_body() {
  ChunkSigning signing = seed();
  return framed(kChunks, &signing) + "\r\n";
}

TEST(ChunkedBody, GivesThePayloadHoweverItsBytesAreCut) {
  for (const std::size_t arriving :
       {std::size_t{1}, std::size_t{7}, std::size_t{4096}, std::size_t{1} << 20}) {
    for (const std::size_t wanted : {std::size_t{1}, std::size_t{5000}, std::size_t{1} << 20}) {
      auto body = chunked(signed_body(), signed_options(), arriving);

      const auto read = drain(*body, wanted);

      ASSERT_TRUE(read) << read.error().message;
      EXPECT_TRUE(*read == kPayload);
    }
  }
}

TEST(ChunkedBody, EverySignatureIsChecked) {
  const std::string good = signed_body();
  for (std::size_t at = good.find("signature="); at != good.npos; at = good.find("signature=", at + 1)) {
    std::string bad = good;
    char& digit = bad[at + std::string_view("signature=").size()];
    digit = digit == 'a' ? 'b' : 'a';

    EXPECT_EQ(error_of(*chunked(bad, signed_options())), "SignatureDoesNotMatch") << at;
  }
  std::string changed = good;
  changed[good.find("aaaa")] = 'x';
  EXPECT_EQ(error_of(*chunked(changed, signed_options())), "SignatureDoesNotMatch");
  EXPECT_EQ(error_of(*chunked(framed(kChunks, nullptr) + "\r\n", signed_options())), "SignatureDoesNotMatch");
}

TEST(ChunkedBody, ABodyThatBreaksOffIsIncomplete) {
  const std::string good = signed_body();
  const std::size_t last_chunk = good.rfind("\r\n0;");
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{10}, std::size_t{15'000}, last_chunk + 2, last_chunk + 9}) {
    EXPECT_EQ(error_of(*chunked(good.substr(0, size), signed_options())), "IncompleteBody") << size;
  }
}

TEST(ChunkedBody, ThePayloadIsAsLongAsAnnounced) {
  for (const int difference : {-1, 1}) {
    AwsChunkedOptions options = signed_options();
    options.announced_payload = kPayload.size() + static_cast<std::size_t>(difference);

    EXPECT_EQ(error_of(*chunked(signed_body(), std::move(options))), "IncompleteBody");
  }
  AwsChunkedOptions silent = signed_options();
  silent.announced_payload.reset();
  EXPECT_EQ(error_of(*chunked(signed_body(), std::move(silent))), "");
}

TEST(ChunkedBody, BadFramingIsRefused) {
  for (const std::string bad :
       {"", "x", "1\nb", "\r\n", "-1\r\n", "1\r\nbc\r\n0\r\n\r\n", "1\r\nb\n0\r\n\r\n",
        "fffffffffffffffff\r\n", "0x1\r\nb", "1 \r\nb\r\n0\r\n\r\n", "0\r\nno colon\r\n"}) {
    auto options = AwsChunkedOptions{
        .signing = std::nullopt, .trailer = ChecksumAlgorithm::crc32c, .announced_payload = 1};
    EXPECT_NE(error_of(*chunked(bad, options)), "") << bad;
    EXPECT_NE(error_of(*chunked(bad, options)), "no failure") << bad;
  }
  EXPECT_EQ(error_of(*chunked(std::string(5000, '0'), signed_options())), "InvalidRequest");
}

TEST(ChunkedBody, TheTrailersChecksumIsCompared) {
  const std::string frames = framed(kChunks, nullptr);
  for (const std::string end : {"\r\n\r\n", "\n\r\n", "\r\n"}) {
    auto body = chunked(frames + trailer_line() + end, trailer_options());

    EXPECT_EQ(error_of(*body), "");
    ASSERT_TRUE(body->checksum());
    EXPECT_EQ(to_base64(body->checksum()->raw), checksum_text(ChecksumAlgorithm::crc32c, kPayload));
  }
  EXPECT_EQ(error_of(*chunked(frames + "\r\n" + trailer_line() + "\r\n\r\n", trailer_options())), "");
  EXPECT_EQ(error_of(*chunked(frames + trailer_line("other") + "\r\n\r\n", trailer_options())), "BadDigest");
  EXPECT_EQ(error_of(*chunked(frames + "x-amz-checksum-crc32c:x\r\n\r\n", trailer_options())),
            "InvalidRequest");
}

TEST(ChunkedBody, TheTrailerIsTheOneThatWasAnnounced) {
  const std::string frames = framed(kChunks, nullptr);
  const std::string other =
      "x-amz-checksum-crc32:" + checksum_text(ChecksumAlgorithm::crc32, kPayload) + "\r\n";
  for (const std::string& trailer :
       {std::string("\r\n"), std::string(), other, trailer_line() + "\r\n" + other,
        trailer_line() + "\r\n" + trailer_line() + "\r\n", std::string("words\r\n")}) {
    EXPECT_EQ(error_of(*chunked(frames + trailer + "\r\n", trailer_options())), "MalformedTrailerError")
        << trailer;
  }
  EXPECT_EQ(error_of(*chunked(signed_body() + other, signed_options())), "MalformedTrailerError");
  EXPECT_EQ(error_of(*chunked(frames + std::string(20'000, 'x'), trailer_options())), "InvalidRequest");
}

TEST(ChunkedBody, TheTrailerIsSignedToo) {
  AwsChunkedOptions options = signed_options();
  options.trailer = ChecksumAlgorithm::crc32c;
  ChunkSigning signing = seed();
  const std::string frames = framed(kChunks, &signing);
  const auto trailer = [&](const std::string& signed_text) {
    return frames + trailer_line() + "\n\r\nx-amz-trailer-signature:" +
           http::aws_trailer_signature(signing.key, signing.timestamp, signing.scope, signing.signature,
                                       signed_text) +
           "\r\n\r\n";
  };

  EXPECT_EQ(error_of(*chunked(trailer(trailer_line() + "\n"), options)), "");
  EXPECT_EQ(error_of(*chunked(trailer("other\n"), options)), "SignatureDoesNotMatch");
  EXPECT_EQ(error_of(*chunked(frames + trailer_line() + "\r\n\r\n", options)), "SignatureDoesNotMatch");
}

RC_GTEST_PROP(ChunkedBody, AnyChunksAreReadBack, (const std::vector<std::string>& texts)) {
  std::vector<std::string> chunks;
  std::string payload;
  for (const std::string& text : texts) {
    if (!text.empty()) chunks.push_back(text);
    payload += text;
  }
  ChunkSigning signing = seed();
  const std::string bytes = framed(chunks, &signing) + "\r\n";
  auto body =
      chunked(bytes, {.signing = seed(), .trailer = std::nullopt, .announced_payload = payload.size()},
              *rc::gen::inRange<std::size_t>(1, 100));

  const auto read = drain(*body, *rc::gen::inRange<std::size_t>(1, 100));

  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == payload);
}

}  // namespace
}  // namespace mere::s3
