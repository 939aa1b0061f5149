#include "s3/authentication.h"

#include "s3/authentication_for_test.h"

namespace mere::s3 {
namespace {

// --- which requests are the gateway's

TEST(IsS3Request, ByHostHeaderOrParameter) {
  const std::vector<std::string> domains{kDomain};
  const auto is_ours = [&](http::Request request, std::string name = "", std::string value = "") {
    if (!name.empty()) request.headers.add(std::move(name), std::move(value));
    return is_s3_request(request, domains);
  };

  EXPECT_TRUE(is_ours(request_of("GET", "/", "", "lake.S3.local.lakefs.io:8000")));
  EXPECT_TRUE(is_ours(request_of("GET", "/", "", "s3.local.lakefs.io")));
  EXPECT_TRUE(is_ours(request_of("GET", "/"), "Authorization", "AWS4-HMAC-SHA256 x"));
  EXPECT_TRUE(is_ours(request_of("GET", "/"), "Authorization", "AWS x"));
  EXPECT_TRUE(is_ours(request_of("GET", "/"), "X-Amz-Signature", "x"));
  EXPECT_TRUE(is_ours(request_of("GET", "/", "a=b&AWSAccessKeyId=x")));
  EXPECT_TRUE(is_ours(request_of("GET", "/", "X-Amz-Credential=x")));
  EXPECT_FALSE(is_ours(request_of("GET", "/", "X-Amz-Credential=&a=AWSAccessKeyId")));
  EXPECT_FALSE(is_ours(request_of("GET", "/", "X-Amz-Credential=%")));
  EXPECT_FALSE(is_ours(request_of("GET", "/"), "Authorization", "AWSx"));
  EXPECT_FALSE(is_ours(request_of("GET", "/"), "Authorization", "Basic x"));
  EXPECT_FALSE(is_ours(request_of("GET", "/"), "X-Amz-Signature", ""));
  EXPECT_FALSE(is_ours(request_of("GET", "/", "", "xs3.local.lakefs.io")));
}

// --- REST credentials

TEST_F(AuthenticationTest, RestCredentialsAreGoodOnAnS3Domain) {
  const auto basic = [&](std::string_view secret, std::string host) {
    auto request = request_of("GET", "/", "", std::move(host));
    request.headers.add("Authorization", "Basic " + to_base64(std::string(kId) + ":" + std::string(secret)));
    return check(request);
  };
  auto bearer = request_of("GET", "/", "", "lake." + kDomain);
  bearer.headers.add("Authorization", "Bearer " + auth.login(kId, kSecret)->token);

  EXPECT_EQ(basic(kSecret, kDomain), "admin");
  EXPECT_EQ(basic("wrong", kDomain), "401 AccessDenied error authenticating request");
  EXPECT_EQ(basic(kSecret, "elsewhere"), kMissing);
  EXPECT_EQ(check(bearer), "admin");
  EXPECT_EQ(check_copy(request_of("GET", "/", "", kDomain)), kDenied);
}

// --- bodies

const std::string kEmptyHash = to_hex(sha256(""));

TEST_F(AuthenticationTest, TheBodyIsComparedWithTheSignedHash) {
  const auto put = [&](const std::string& payload_hash, std::string_view body) {
    auto request = signed_request("PUT", "/lake/main/a", "", payload_hash);
    request.body = body.empty() ? nullptr : http::make_string_body(std::string(body));
    if (!body.empty()) request.content_length = body.size();
    const std::string who = check(request);
    if (who != "admin") return who;
    EXPECT_EQ(last->payload_bytes, body.size());
    return drain(*last->body) ? std::string("read") : last->body->failure()->code;
  };

  EXPECT_EQ(put(to_hex(sha256("data")), "data"), "read");
  EXPECT_EQ(put(to_hex(sha256("data")), "else"), "XAmzContentSHA256Mismatch");
  EXPECT_EQ(put("UNSIGNED-PAYLOAD", "else"), "read");
  EXPECT_EQ(put(kEmptyHash, ""), "read");
  EXPECT_EQ(put(to_hex(sha256("data")), ""), "XAmzContentSHA256Mismatch");
  EXPECT_EQ(put("nonsense", "data"), kDenied);
  EXPECT_EQ(put("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "data"), kDenied);
}

// "Transferring Payload in Multiple Chunks" and "Including Trailing Headers".
TEST_F(AuthenticationTest, TakesTheExamplesOfChunkedUploads) {
  for (const bool has_trailer : {false, true}) {
    http::Request request = request_of("PUT", "/examplebucket/chunkObject.txt", "", "s3.amazonaws.com");
    request.headers.add("x-amz-storage-class", "REDUCED_REDUNDANCY");
    request.headers.add("Content-Encoding", "aws-chunked");
    request.headers.add("x-amz-decoded-content-length", "66560");
    request.headers.add("x-amz-date", "20130524T000000Z");
    request.headers.add("x-amz-content-sha256", has_trailer ? "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
                                                            : "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    request.headers.add(has_trailer ? "x-amz-trailer" : "Content-Length",
                        has_trailer ? "x-amz-checksum-crc32c" : "66824");
    request.headers.add(
        "Authorization",
        std::string("AWS4-HMAC-SHA256 "
                    "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=") +
            (has_trailer
                 ? "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
                   "x-amz-storage-class;x-amz-trailer,Signature="
                   "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
                 : "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                   "x-amz-decoded-content-length;x-amz-storage-class,Signature="
                   "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"));
    std::vector<std::string> signatures{"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
                                        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
                                        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"};
    if (has_trailer) {
      signatures = {"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
                    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
                    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"};
    }
    std::string body = "10000;chunk-signature=" + signatures[0] + "\r\n" + std::string(65536, 'a') +
                       "\r\n400;chunk-signature=" + signatures[1] + "\r\n" + std::string(1024, 'a') +
                       "\r\n0;chunk-signature=" + signatures[2] + "\r\n";
    body += has_trailer ? "x-amz-checksum-crc32c:sOO8/Q==\n\r\nx-amz-trailer-signature:"
                          "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
                        : "\r\n";
    request.content_length = body.size();
    request.body = http::make_string_body(body);

    ASSERT_EQ(check(request), "admin");
    EXPECT_EQ(last->payload_bytes, 66560u);
    const auto read = drain(*last->body);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(*read == std::string(66560, 'a'));
  }
}

TEST_F(AuthenticationTest, StreamedBodiesNeedWhatTheirFormNeeds) {
  const auto put = [&](std::string_view hash, std::vector<http::Headers::Field> headers) {
    auto request = request_of("PUT", "/lake/main/a");
    for (auto& [name, value] : headers) request.headers.add(name, value);
    http::sign_request(request, kHost, {std::string(kId), std::string(kSecret), ""}, "us-east-1", "s3", hash,
                       kTime, signing_keys);
    request.body = http::make_string_body("0\r\n\r\n");
    return check(request);
  };
  const std::string unsigned_trailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

  EXPECT_EQ(put(unsigned_trailer, {{"x-amz-trailer", "x-amz-checksum-crc32"}}), "admin");
  EXPECT_EQ(put(unsigned_trailer, {}).substr(0, 16), "403 AccessDenied");
  EXPECT_EQ(put(unsigned_trailer, {{"x-amz-trailer", "x-amz-meta-a"}}).substr(0, 16), "403 AccessDenied");
  EXPECT_EQ(put(unsigned_trailer,
                {{"x-amz-trailer", "x-amz-checksum-crc32"}, {"x-amz-decoded-content-length", "x"}})
                .substr(0, 19),
            "400 InvalidArgument");
  EXPECT_EQ(
      put(unsigned_trailer, {{"x-amz-trailer", "x-amz-checksum-crc32"}, {"x-amz-checksum-crc32", "AAAAAA=="}})
          .substr(0, 18),
      "400 InvalidRequest");
}

TEST_F(AuthenticationTest, ChunksCannotBeSignedWithoutVersion4) {
  auto request = request_of("PUT", "/", "", kDomain);
  request.headers.add("Authorization", "Bearer " + auth.login(kId, kSecret)->token);
  request.headers.add("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  request.body = http::make_string_body("0\r\n\r\n");

  EXPECT_EQ(check(request), kDenied);
}

TEST_F(AuthenticationTest, TheChecksumOfACompletionIsNotItsBodys) {
  const auto post = [&](std::string query) {
    auto request = request_of("POST", "/lake/main/a", std::move(query));
    request.headers.add("x-amz-checksum-crc32", "AAAAAA==");
    http::sign_request(request, kHost, {std::string(kId), std::string(kSecret), ""}, "us-east-1", "s3",
                       http::kUnsignedPayload, kTime, signing_keys);
    request.body = http::make_string_body("<CompleteMultipartUpload/>");
    EXPECT_EQ(check(request), "admin");
    return drain(*last->body).has_value();
  };

  EXPECT_TRUE(post("uploadId=1"));
  EXPECT_FALSE(post("delete"));
}

}  // namespace
}  // namespace mere::s3
