// The examples that AWS publishes for S3: "Signature Calculations for the Authorization Header", "…:
// Transferring Payload in Multiple Chunks", "…: Including Trailing Headers", "Using Query Parameters".
#include "http/aws_signature.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"

namespace mere::http {
namespace {

const AwsKeys kKeys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
constexpr std::string_view kHost = "examplebucket.s3.amazonaws.com";
constexpr std::string_view kTime = "20130524T000000Z";
const AwsScope kScope{"20130524", "us-east-1", "s3"};

std::string hash_of(std::string_view payload) {
  return to_hex(sha256(payload));
}

Request request_of(std::string method, std::string path, std::string query = "") {
  Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.query = std::move(query);
  return request;
}

// The Authorization header.
std::string signed_by(Request request, std::string_view payload_hash, std::string_view host = kHost) {
  AwsSigningKeys signing_keys;
  sign_request(request, host, kKeys, "us-east-1", "s3", payload_hash, *parse_aws_time(kTime), signing_keys);
  return std::string(request.headers.get("Authorization"));
}

std::string authorization(std::string_view signed_headers, std::string_view signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
         "SignedHeaders=" +
         std::string(signed_headers) + ", Signature=" + std::string(signature);
}

TEST(SignRequest, GetObject) {
  Request request = request_of("GET", "/test.txt");
  request.headers.add("Range", "bytes=0-9");

  EXPECT_EQ(signed_by(std::move(request), hash_of("")),
            authorization("host;range;x-amz-content-sha256;x-amz-date",
                          "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST(SignRequest, PutObject) {
  Request request = request_of("PUT", "/test%24file.text");
  request.headers.add("Date", "Fri, 24 May 2013 00:00:00 GMT");
  request.headers.add("x-amz-storage-class", "REDUCED_REDUNDANCY");

  EXPECT_EQ(signed_by(std::move(request), hash_of("Welcome to Amazon S3.")),
            authorization("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(SignRequest, BucketLifecycleAndList) {
  const std::string_view headers = "host;x-amz-content-sha256;x-amz-date";

  EXPECT_EQ(signed_by(request_of("GET", "/", "lifecycle"), hash_of("")),
            authorization(headers, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
  EXPECT_EQ(signed_by(request_of("GET", "/", "max-keys=2&prefix=J"), hash_of("")),
            authorization(headers, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(SignRequest, SignsAgainWhatWasSigned) {
  Request request = request_of("GET", "/test.txt");
  request.headers.add("Range", "bytes=0-9");
  AwsSigningKeys signing_keys;
  const Timestamp time = *parse_aws_time(kTime);

  sign_request(request, kHost, kKeys, "us-east-1", "s3", kUnsignedPayload, time + std::chrono::hours(1),
               signing_keys);
  sign_request(request, kHost, kKeys, "us-east-1", "s3", hash_of(""), time, signing_keys);

  EXPECT_EQ(request.headers.get("Authorization"),
            authorization("host;range;x-amz-content-sha256;x-amz-date",
                          "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

Request chunked_request(std::string_view payload_hash) {
  Request request = request_of("PUT", "/examplebucket/chunkObject.txt");
  request.headers.add("x-amz-storage-class", "REDUCED_REDUNDANCY");
  request.headers.add("Content-Encoding", "aws-chunked");
  request.headers.add("x-amz-decoded-content-length", "66560");
  if (payload_hash.ends_with("-TRAILER")) {
    request.headers.add("x-amz-trailer", "x-amz-checksum-crc32c");
  } else {
    request.headers.add("Content-Length", "66824");
  }
  return request;
}

TEST(ChunkSignature, OfTheExamplesChunks) {
  constexpr std::string_view kSeed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
  AwsSigningKeys signing_keys;
  const auto key = signing_keys.get(kKeys.secret_access_key, kScope);
  const std::string_view hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

  const std::string seed = signed_by(chunked_request(hash), hash, "s3.amazonaws.com");
  const std::string first = aws_chunk_signature(key, kTime, kScope, kSeed, hash_of(std::string(65536, 'a')));
  const std::string second = aws_chunk_signature(key, kTime, kScope, first, hash_of(std::string(1024, 'a')));
  const std::string last = aws_chunk_signature(key, kTime, kScope, second, hash_of(""));

  EXPECT_TRUE(seed.ends_with(kSeed)) << seed;
  EXPECT_EQ(first, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
  EXPECT_EQ(second, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
  EXPECT_EQ(last, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
}

TEST(TrailerSignature, OfTheExamplesTrailer) {
  constexpr std::string_view kSeed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
  AwsSigningKeys signing_keys;
  const auto key = signing_keys.get(kKeys.secret_access_key, kScope);
  const std::string_view hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";

  const std::string seed = signed_by(chunked_request(hash), hash, "s3.amazonaws.com");
  const std::string first = aws_chunk_signature(key, kTime, kScope, kSeed, hash_of(std::string(65536, 'a')));
  const std::string second = aws_chunk_signature(key, kTime, kScope, first, hash_of(std::string(1024, 'a')));
  const std::string last = aws_chunk_signature(key, kTime, kScope, second, hash_of(""));

  EXPECT_TRUE(seed.ends_with(kSeed)) << seed;
  EXPECT_EQ(last, "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992");
  EXPECT_EQ(aws_trailer_signature(key, kTime, kScope, last, "x-amz-checksum-crc32c:sOO8/Q==\n"),
            "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435");
}

TEST(PresignUrl, GivesTheExamplesUrl) {
  AwsSigningKeys signing_keys;

  EXPECT_EQ(
      presign_url("GET", "https", kHost, "/test.txt", {}, kKeys, "us-east-1", "s3", std::chrono::hours(24),
                  *parse_aws_time(kTime), signing_keys),
      "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
      "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&"
      "X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(SigningKeys, AreKeptApart) {
  AwsSigningKeys signing_keys;
  const auto key = signing_keys.get("secret", kScope);

  EXPECT_EQ(signing_keys.get("secret", kScope), key);
  EXPECT_NE(signing_keys.get("secre", {"t20130524", "us-east-1", "s3"}), key);
  EXPECT_NE(signing_keys.get("secret", {"20130525", "us-east-1", "s3"}), key);
  EXPECT_NE(signing_keys.get("secret", {"20130524", "us-east-2", "s3"}), key);
  EXPECT_NE(signing_keys.get("secret", {"20130524", "us-east-1", "sts"}), key);
}

TEST(CanonicalRequest, SortsTheQueryAsItIsEncoded) {
  const AwsCanonical request{.method = "GET",
                             .path = "/a b/~é//c+",
                             .query = {{"b", "2"}, {"a~", ""}, {"a b", "+&"}, {"b", "1"}, {"B", "x"}},
                             .signed_headers = {{"host", "h"}},
                             .payload_hash = kUnsignedPayload};

  EXPECT_EQ(canonical_request(request),
            "GET\n/a%20b/~%C3%A9//c%2B\nB=x&a%20b=%2B%26&a~=&b=1&b=2\nhost:h\n\nhost\nUNSIGNED-PAYLOAD");
}

TEST(CanonicalValue, IsTrimmedAndItsGapsAreOneSpace) {
  EXPECT_EQ(canonical_value("  a   b \t c  "), "a b c");
  EXPECT_EQ(canonical_value("\"a  b\""), "\"a b\"");
  EXPECT_EQ(canonical_value(" "), "");
}

TEST(AwsTime, IsReadAsItIsWritten) {
  EXPECT_EQ(to_aws_time({1369353600, 5}), "20130524T000000Z");
  EXPECT_EQ(parse_aws_time("20130524T000001Z"), (Timestamp{1369353601, 0}));
  for (const char* text : {"", "20130524T000000", "20130524 000000Z", "20131324T000000Z", "20130524T250000Z",
                           "2013-5-4T000000Z", "20130524T0000 0Z", "20130230T000000Z"}) {
    EXPECT_EQ(parse_aws_time(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(AwsTime, RoundTrips, ()) {
  const Timestamp time{*rc::gen::inRange<std::int64_t>(0, 253402300800), 0};
  RC_ASSERT(parse_aws_time(to_aws_time(time)) == time);
}

}  // namespace
}  // namespace mere::http
