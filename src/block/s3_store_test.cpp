// What is S3's own: regions, credentials that expire, conditional writes whose answer is lost, presigned
// URLs. What every store does is asked by store_conformance_test.cpp, of a real service.
#include "block/s3_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "base/time_format.h"
#include "block/s3_address.h"
#include "block/s3_impostor.h"
#include "block/test_folder.h"

namespace mere::block {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::S3Impostor;

S3Options options_for(const std::string& endpoint) {
  S3Options options;
  options.endpoint = endpoint;
  options.credentials.access_key_id = "id";
  options.credentials.secret_access_key = "secret";
  options.requests.first_delay = std::chrono::milliseconds(1);
  options.requests.longest_delay = std::chrono::milliseconds(5);
  return options;
}

std::unique_ptr<Store> open(const S3Options& options) {
  auto store = open_s3_store(options, system_clock(), system_random());
  MERE_CHECK(store.has_value());
  return *std::move(store);
}

std::unique_ptr<Store> open(const S3Impostor& s3) {
  return open(options_for(s3.endpoint()));
}

std::string pattern(std::size_t size_bytes) {
  std::string bytes(size_bytes, '\0');
  for (std::size_t i = 0; i < size_bytes; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

http::Response dropped() {
  http::Response response;
  response.status = 500;
  return response;
}

TEST(S3Store, LargeObjectsGoInPartsAndComeBackWhole) {
  S3Impostor s3;
  const auto store = open(s3);
  const std::string bytes = pattern(20'000'000);

  ASSERT_TRUE(write_all(*store, {"s3://bucket/key"}, bytes));

  EXPECT_TRUE(*read_all(*store, {"s3://bucket/key"}, 1u << 30) == bytes);
  EXPECT_THAT(s3.get("/bucket/key")->etag, ::testing::EndsWith("-3"));
  EXPECT_EQ(s3.uploads(), 0u);
}

TEST(S3Store, AWriteWhoseAnswerIsLostIsKnownAsItsOwn) {
  for (const std::size_t size : {10u, 20'000'000u}) {
    std::atomic<int> lost{0};
    // The object is there, and the answer that says so never comes.
    S3Impostor s3({}, [&](const S3Impostor::Seen& request) -> std::optional<http::Response> {
      const bool last_step =
          request.method == (size == 10u ? "PUT" : "POST") && !request.has_query("uploads");
      if (last_step && lost++ == 0) return dropped();
      return std::nullopt;
    });
    const auto store = open(s3);

    const Status written = write_all(*store, {"s3://bucket/key"}, pattern(size), {.must_be_absent = true});

    EXPECT_TRUE(written) << written.error().message;
    EXPECT_TRUE(s3.get("/bucket/key")->bytes == pattern(size));
    EXPECT_EQ(write_all(*store, {"s3://bucket/key"}, "x", {.must_be_absent = true}).error().code,
              Code::already_exists);
  }
}

TEST(S3Store, AWriteThatAnotherOneBeatIsRefused) {
  std::atomic<int> tries{0};
  S3Impostor* impostor = nullptr;
  S3Impostor s3([&](const S3Impostor::Seen& request) -> std::optional<http::Response> {
    if (request.method != "PUT" || tries++ > 0) return std::nullopt;
    impostor->put("/bucket/key", "somebody else's");
    return dropped();
  });
  impostor = &s3;
  const auto store = open(s3);

  const Status written = write_all(*store, {"s3://bucket/key"}, "mine", {.must_be_absent = true});

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::already_exists);
  EXPECT_EQ(s3.get("/bucket/key")->bytes, "somebody else's");
}

TEST(S3Store, AFailureInsideASuccessIsAFailure) {
  std::atomic<int> failures{2};
  S3Impostor s3([&](const S3Impostor::Seen& request) -> std::optional<http::Response> {
    if (request.method == "POST" && request.has_query("uploadId") && failures-- > 0)
      return S3Impostor::error(200, "InternalError");
    return std::nullopt;
  });
  const auto store = open(s3);

  EXPECT_TRUE(write_all(*store, {"s3://bucket/key"}, pattern(20'000'000)));
  failures = 1'000;
  const Status failed = write_all(*store, {"s3://bucket/other"}, pattern(20'000'000));

  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::unavailable);
  EXPECT_FALSE(s3.get("/bucket/other"));
}

TEST(S3Store, WhatFailsHalfWayIsAborted) {
  S3Impostor s3([](const S3Impostor::Seen& request) -> std::optional<http::Response> {
    if (request.query_value("partNumber") == "2") return S3Impostor::error(403, "AccessDenied");
    return std::nullopt;
  });
  {
    const auto store = open(s3);
    const Status written = write_all(*store, {"s3://bucket/key"}, pattern(40'000'000));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::permission_denied);
    EXPECT_THAT(written.error().message,
                AllOf(HasSubstr("s3://bucket/key"), HasSubstr("403 AccessDenied"), HasSubstr("as told"),
                      HasSubstr("IMPOSTOR-1"), HasSubstr("policies"), HasSubstr(s3.endpoint())));
  }  // the store finishes its clean-up

  EXPECT_EQ(s3.uploads(), 0u);
  EXPECT_FALSE(s3.get("/bucket/key"));
}

TEST(S3Store, LearnsTheRegionOfABucket) {
  S3Impostor s3([](const S3Impostor::Seen& request) -> std::optional<http::Response> {
    if (request.headers.get("Authorization").find("/eu-west-7/") != std::string_view::npos)
      return std::nullopt;
    if (request.method == "HEAD") {
      http::Response moved;
      moved.status = 301;
      moved.headers.add("x-amz-bucket-region", "eu-west-7");
      return moved;
    }
    return S3Impostor::error(400, "AuthorizationHeaderMalformed", "<Region>eu-west-7</Region>");
  });
  const auto store = open(s3);

  ASSERT_TRUE(write_all(*store, {"s3://bucket/key"}, "text"));
  ASSERT_TRUE(write_all(*store, {"s3://bucket/key2"}, "text"));
  const auto url = store->presign({"s3://other/key"}, {PresignMethod::get, std::chrono::seconds(60)});

  EXPECT_EQ(s3.count("PUT"), 3);
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_THAT(*url, HasSubstr("%2Feu-west-7%2F"));
}

TEST(S3Store, KeepsToTheConfiguredRegionIfToldSo) {
  S3Impostor s3([](const S3Impostor::Seen&) -> std::optional<http::Response> {
    return S3Impostor::error(400, "AuthorizationHeaderMalformed", "<Region>eu-west-7</Region>");
  });
  S3Options options = options_for(s3.endpoint());
  options.discover_bucket_region = false;

  const Status written = write_all(*open(options), {"s3://bucket/key"}, "text");

  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("check blockstore.s3.region"));
  EXPECT_EQ(s3.count("PUT"), 1);
}

TEST(S3Store, SignsByTheServicesClock) {
  std::atomic<int> refused{0};
  S3Impostor s3([&](const S3Impostor::Seen& request) -> std::optional<http::Response> {
    const auto time = http::parse_aws_time(request.headers.get("X-Amz-Date"));
    if (time && *time - system_clock().now() > std::chrono::hours(9)) return std::nullopt;
    ++refused;
    http::Response response = S3Impostor::error(403, "RequestTimeTooSkewed");
    response.headers.add("Date", to_http_date(system_clock().now() + std::chrono::hours(10)));
    return response;
  });
  const auto store = open(s3);

  const Status written = write_all(*store, {"s3://bucket/key"}, "text");

  // Whether a server of ours lets a Date of its handler through is its matter.
  if (written) {
    EXPECT_EQ(refused, 1);
  } else {
    EXPECT_THAT(written.error().message, HasSubstr("set this machine's clock"));
  }
}

TEST(S3Store, BytesThatWereDamagedOnTheirWayAreSentAgain) {
  std::atomic<int> damaged{2};
  S3Impostor s3([&](const S3Impostor::Seen& request) -> std::optional<http::Response> {
    if (request.method == "PUT" && damaged-- > 0) return S3Impostor::error(400, "BadDigest");
    return std::nullopt;
  });

  EXPECT_TRUE(write_all(*open(s3), {"s3://bucket/key"}, "text"));
  EXPECT_EQ(s3.get("/bucket/key")->bytes, "text");
}

TEST(S3Store, OtherBytesThanThoseSentAreNotTakenForThem) {
  S3Impostor s3({}, [](const S3Impostor::Seen& request) -> std::optional<http::Response> {
    if (request.method != "PUT") return std::nullopt;
    http::Response response;
    response.headers.add("ETag", "\"d41d8cd98f00b204e9800998ecf8427e\"");
    return response;
  });

  const Status written = write_all(*open(s3), {"s3://bucket/key"}, "text");

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::corrupt);
}

TEST(S3Store, AsksForEncryption) {
  S3Impostor s3;
  S3Options options = options_for(s3.endpoint());
  options.server_side_encryption = "aws:kms";
  options.server_side_encryption_kms_key_id = "key-7";
  const auto store = open(options);

  ASSERT_TRUE(write_all(*store, {"s3://bucket/small"}, "text"));
  ASSERT_TRUE(write_all(*store, {"s3://bucket/large"}, pattern(9'000'000)));
  ASSERT_TRUE(store->copy({"s3://bucket/small"}, {"s3://bucket/copy"}));

  int encrypted = 0;
  for (const auto& request : s3.seen()) {
    if (request.headers.get("x-amz-server-side-encryption") != "aws:kms") continue;
    EXPECT_EQ(request.headers.get("x-amz-server-side-encryption-aws-kms-key-id"), "key-7");
    ++encrypted;
  }
  EXPECT_EQ(encrypted, 3);
}

TEST(S3Store, CopiesHugeObjectsInParts) {
  S3Impostor s3;
  S3Options options = options_for(s3.endpoint());
  options.largest_copy_bytes = 1'000'000;
  options.copy_part_bytes = 300'000;
  const auto store = open(options);
  s3.put("/bucket/from", pattern(1'000'001));

  auto copied = store->copy({"s3://bucket/from"}, {"s3://bucket/to"});

  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(copied->size_bytes, 1'000'001u);
  EXPECT_TRUE(s3.get("/bucket/to")->bytes == pattern(1'000'001));
  EXPECT_EQ(s3.count("PUT", "partNumber"), 4);
}

std::vector<std::string> listed(const Store& store, const std::string& folder, ListOptions options = {}) {
  std::vector<std::string> found;
  const Status status = store.list({folder}, options, [&](const Listed& one) {
    found.push_back(one.address.uri);
    return true;
  });
  EXPECT_TRUE(status) << status.error().message;
  return found;
}

TEST(S3Store, ListsManyPagesInOrderAndGoesOnAfterTransientErrors) {
  std::atomic<int> pages{0};
  S3Impostor s3([&](const S3Impostor::Seen& request) -> std::optional<http::Response> {
    if (request.method == "GET" && ++pages % 2 == 0) return S3Impostor::error(503, "SlowDown");
    return std::nullopt;
  });
  std::vector<std::string> expected;
  for (int i = 0; i < 5'500; ++i) {
    const std::string key = fmt::format("folder/{:05}{}", i, i % 3 ? "/object" : "-x");
    s3.put("/bucket/" + key, "x");
    expected.push_back("s3://bucket/" + key);
  }
  std::sort(expected.begin(), expected.end());
  const auto store = open(s3);

  EXPECT_EQ(listed(*store, "s3://bucket/folder"), expected);
  const auto shown = listed(*store, "s3://bucket/folder", {.delimited = true});
  EXPECT_EQ(shown.size(), 5'500u);
  EXPECT_TRUE(std::is_sorted(shown.begin(), shown.end()));
  EXPECT_EQ(listed(*store, "s3://bucket/folder", {.after = expected[4'000]}),
            std::vector(expected.begin() + 4'001, expected.end()));
}

TEST(S3Store, LeavesOutMarkersOfFolders) {
  S3Impostor s3;
  for (const char* key : {"/bucket/a/", "/bucket/a/b", "/bucket/a/c/"}) s3.put(key, "");

  EXPECT_THAT(listed(*open(s3), "s3://bucket/a"), ElementsAre("s3://bucket/a/b"));
  EXPECT_THAT(listed(*open(s3), "s3://bucket/"), ElementsAre("s3://bucket/a/b"));
}

TEST(S3Store, PresignsWhatItIsAskedFor) {
  S3Impostor s3;
  S3Options options = options_for(s3.endpoint());
  options.presign_endpoint = "https://public.example.com";
  options.force_path_style = true;
  const auto store = open(options);

  const auto get = *store->presign({"s3://bucket/a b%20"},
                                   {PresignMethod::get, std::chrono::seconds(60), "", 0, "x y.csv"});
  const auto put = *store->presign({"s3://bucket/key"}, {PresignMethod::put, std::chrono::seconds(60)});
  const auto part =
      *store->presign({"s3://bucket/key"}, {PresignMethod::put, std::chrono::seconds(60), "u1", 3});

  EXPECT_THAT(get,
              AllOf(::testing::StartsWith("https://public.example.com/bucket/a%20b%2520?"),
                    HasSubstr("X-Amz-Expires=60"), HasSubstr("response-content-disposition=attachment")));
  EXPECT_THAT(put, HasSubstr("X-Amz-Signature="));
  EXPECT_THAT(part, AllOf(HasSubstr("partNumber=3"), HasSubstr("uploadId=u1")));
  EXPECT_EQ(store->presign({"s3://bucket/key"}, {PresignMethod::get, std::chrono::hours(200)}).error().code,
            Code::invalid_argument);
}

TEST(S3Store, PresignsNothingWhenThatIsTurnedOff) {
  S3Options options = options_for("http://127.0.0.1:1");
  options.presign = false;

  EXPECT_EQ(open(options)
                ->presign({"s3://bucket/key"}, {PresignMethod::get, std::chrono::seconds(60)})
                .error()
                .code,
            Code::not_implemented);
  EXPECT_FALSE(open(options)->capabilities("").presign_multipart);
}

TEST(S3Store, SaysThatNobodyIsThere) {
  const auto store = open(options_for("http://127.0.0.1:1"));

  auto missing = store->stat({"s3://bucket/key"});

  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::unavailable);
  EXPECT_THAT(missing.error().message, AllOf(HasSubstr("s3://bucket/key"), HasSubstr("127.0.0.1:1")));
}

TEST(S3Address, IsReadAsItStands) {
  const auto address = *parse_s3_address({"s3://bucket/a%20b//c?d#e"});

  EXPECT_EQ(address.bucket, "bucket");
  EXPECT_EQ(address.key, "a%20b//c?d#e");
  EXPECT_EQ(parse_s3_address({"s3://bucket"})->key, "");
  for (const std::string& bad :
       {std::string("s3://"), std::string("s3:///key"), std::string("s3://a b/c"), std::string("s3://../c"),
        std::string("s3://b/\xff"), "s3://b/" + std::string(1025, 'x')})
    EXPECT_EQ(parse_s3_address({bad}).error().code, Code::invalid_argument) << bad;
}

TEST(S3Address, LeadsToTheRightHost) {
  const auto origin = [](const std::string& endpoint, bool path_style, const std::string& bucket) {
    const S3Target target = s3_target(*parse_s3_endpoint(endpoint, path_style), "eu-west-1", bucket, "key");
    return target.origin + target.path;
  };

  EXPECT_EQ(origin("", false, "bucket"), "https://bucket.s3.eu-west-1.amazonaws.com/key");
  EXPECT_EQ(origin("", false, "dotted.bucket"), "https://s3.eu-west-1.amazonaws.com/dotted.bucket/key");
  EXPECT_EQ(origin("", true, "bucket"), "https://s3.eu-west-1.amazonaws.com/bucket/key");
  EXPECT_EQ(origin("https://s3.example.com:443/", false, "bucket"), "https://bucket.s3.example.com/key");
  EXPECT_EQ(origin("s3.example.com", true, "bucket"), "https://s3.example.com/bucket/key");
  EXPECT_EQ(origin("http://127.0.0.1:9000", false, "bucket"), "http://127.0.0.1:9000/bucket/key");
  EXPECT_EQ(origin("http://[::1]:9000", false, "bucket"), "http://[::1]:9000/bucket/key");
  EXPECT_EQ(origin("http://minio:9000", false, "bucket"), "http://minio:9000/bucket/key");
  for (const char* bad : {"ftp://x", "http://", "http://host/path", "http://user@host"})
    EXPECT_EQ(parse_s3_endpoint(bad, false).error().code, Code::invalid_argument) << bad;
}

}  // namespace
}  // namespace mere::block
