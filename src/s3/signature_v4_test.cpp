// With the examples that AWS publishes, and every row of the contract's tables (S3 gateway, sections 4.1
// and 4.2).
#include "s3/signature_v4.h"

#include "s3/authentication_for_test.h"

namespace mere::s3 {
namespace {

// --- SigV4, header

TEST_F(AuthenticationTest, TakesASignedHeader) {
  EXPECT_EQ(
      check_copy(signed_request("GET", "/lake/main/%C3%A9%2Fa%20b//c", "prefix=a%20b&delete&list-type=2")),
      "admin");
  EXPECT_EQ(last->principal.access_key_id, kId);
  EXPECT_EQ(last->body, nullptr);
}

TEST_F(AuthenticationTest, WhateverIsChangedBreaksTheSignature) {
  const auto good = [&] { return signed_request("GET", "/lake/main/a", "prefix=x"); };
  auto method = good(), path = good(), query = good(), more = good(), header = good(), hash = good(),
       host = good();
  method.method = "DELETE";
  path.path = "/lake/main/b";
  query.query = "prefix=y";
  more.query += "&delete";
  header.headers.set("x-amz-date", "20130524T000001Z");
  hash.headers.set("x-amz-content-sha256", std::string(64, '0'));
  host.headers.set("Host", "other");
  for (http::Request* request : {&method, &path, &query, &more, &header, &hash, &host}) {
    EXPECT_EQ(check(*request), kNoMatch);
  }
  EXPECT_EQ(check_copy(signed_request("GET", "/", "", http::kUnsignedPayload, kTime, "wrong")), kNoMatch);
}

TEST_F(AuthenticationTest, UnsignedHeadersAreAllowedIfTheyAreNotAmazons) {
  auto request = signed_request("GET", "/lake/main/a");
  request.headers.add("Range", "bytes=0-9");
  request.headers.add("X-Amzn-Trace-Id", "Root=1");
  request.headers.add("X-Amz-Cf-Id", "a proxy's");
  EXPECT_EQ(check(request), "admin");

  for (const char* name : {"x-amz-copy-source", "X-Amz-Meta-Key", "x-amz-tagging"}) {
    auto changed = signed_request("PUT", "/lake/main/a");
    changed.headers.add(name, "/lake/main/b");
    EXPECT_EQ(check(changed),
              "403 AccessDenied There were headers present in the request which were not signed")
        << name;
  }
}

TEST_F(AuthenticationTest, AnyRegionAndServiceThatTheSignatureCovers) {
  auto request = request_of("GET", "/");
  http::sign_request(request, kHost, {std::string(kId), std::string(kSecret), ""}, "mars-1", "s3express",
                     http::kUnsignedPayload, kTime, signing_keys);
  EXPECT_EQ(check(request), "admin");

  std::string changed(request.headers.get("Authorization"));
  changed.replace(changed.find("mars-1"), 6, "mars-2");
  request.headers.set("Authorization", changed);
  EXPECT_EQ(check(request), kNoMatch);
}

TEST_F(AuthenticationTest, UnreadableAuthorizationsLackFields) {
  const std::string good(signed_request("GET", "/").headers.get("Authorization"));
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& bad :
       {std::string("AWS4-HMAC-SHA256"), std::string("AWS4-HMAC-SHA512 x"),
        replaced("Credential", "Credentials"), replaced("aws4_request", "aws4"), replaced("/s3/", "//"),
        replaced("SignedHeaders=host", "SignedHeaders=ho st"),
        replaced("SignedHeaders=host", "SignedHeaders=;host"), good + "0", good.substr(0, good.size() - 1),
        good + ", Signature=" + good.substr(good.size() - 64), replaced("Signature=", "Signature=X"),
        replaced(std::string(kId), "AK"), replaced("20130524/", "2013/"),
        std::string("AWS4-HMAC-SHA256Credential=x")}) {
    auto request = signed_request("GET", "/");
    request.headers.set("Authorization", bad);
    EXPECT_EQ(check(request), kMissing) << bad;
  }
  EXPECT_EQ(check_copy(request_of("GET", "/")), kMissing);
}

TEST_F(AuthenticationTest, SpacesBetweenFieldsAreOptional) {
  auto request = signed_request("GET", "/");
  std::string text(request.headers.get("Authorization"));
  std::erase(text, ' ');
  text.insert(std::string_view("AWS4-HMAC-SHA256").size(), " ");
  request.headers.set("Authorization", text);

  EXPECT_EQ(check(request), "admin");
}

TEST_F(AuthenticationTest, AnUnknownKeyIsDenied) {
  auto request = request_of("GET", "/");
  http::sign_request(request, kHost, {"AKIAUNKNOWN", std::string(kSecret), ""}, "us-east-1", "s3",
                     http::kUnsignedPayload, kTime, signing_keys);

  EXPECT_EQ(check(request), kDenied);
}

TEST_F(AuthenticationTest, TheTimeIsCheckedAfterTheSignature) {
  using std::chrono::minutes;
  const auto at = [&](std::chrono::nanoseconds offset, std::string_view secret = kSecret) {
    return check_copy(
        signed_request("GET", "/", "", http::kUnsignedPayload, kTime + minutes(60) + offset, secret));
  };
  clock.advance(minutes(60));

  EXPECT_EQ(at(minutes(-15)), "admin");
  EXPECT_EQ(at(minutes(15)), "admin");
  EXPECT_EQ(at(minutes(-15) - std::chrono::seconds(1)), kSkewed);
  EXPECT_EQ(at(minutes(15) + std::chrono::seconds(1)), kEarly);
  EXPECT_EQ(at(minutes(-16), "wrong"), kNoMatch);
}

TEST_F(AuthenticationTest, TheDateMustBeThereReadableAndTheScopes) {
  const auto with_date = [&](std::string_view date) {
    auto request = signed_request("GET", "/");
    request.headers.erase("x-amz-date");
    if (!date.empty()) request.headers.set("x-amz-date", std::string(date));
    return check(request);
  };

  EXPECT_EQ(with_date(""), "400 AccessDenied AWS authentication requires a valid Date or x-amz-date header");
  EXPECT_EQ(with_date("Fri, 24 May 2013 00:00:00 GMT"), kNoMatch) << "readable, but it was signed otherwise";
  EXPECT_EQ(with_date("yesterday"),
            "400 MalformedDate Invalid date format header, expected to be in ISO8601, RFC1123 or RFC1123Z "
            "time format.");
  EXPECT_EQ(with_date("20130525T000000Z"),
            "400 AuthorizationHeaderMalformed The authorization header is malformed; Invalid credential "
            "date. Date is "
            "not the same as X-Amz-Date.");
}

TEST_F(AuthenticationTest, AHeaderBesideAQuerySignatureMustHaveSignedTheQuery) {
  auto request = presigned("GET", std::chrono::minutes(1));
  request.headers.set("Authorization",
                      std::string(signed_request("GET", "/lake/main/a%20b").headers.get("Authorization")));

  EXPECT_EQ(check(request), kNoMatch);
}

TEST_F(AuthenticationTest, BrokenEscapesAreRefused) {
  EXPECT_EQ(check_copy(request_of("GET", "/%zz")), "400 InvalidURI The specified URI couldn't be parsed.");
}

// --- SigV4, query

TEST_F(AuthenticationTest, TakesAPresignedUrlForItsWholeExpiry) {
  EXPECT_EQ(check_copy(presigned("GET", std::chrono::hours(7 * 24))), "admin");
  EXPECT_EQ(check_copy(presigned("PUT", std::chrono::seconds(1))), "admin");

  clock.advance(std::chrono::hours(7 * 24) - std::chrono::seconds(1));
  EXPECT_EQ(check_copy(presigned("GET", std::chrono::hours(7 * 24))), "admin");
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(check_copy(presigned("GET", std::chrono::hours(7 * 24))), kExpired);
  EXPECT_EQ(check_copy(presigned("GET", std::chrono::seconds(0), clock.now())), kExpired);
  EXPECT_EQ(check_copy(presigned("GET", std::chrono::hours(1), clock.now() + std::chrono::minutes(16))),
            kEarly);
}

TEST_F(AuthenticationTest, APresignedUrlIsForOneMethodAndKey) {
  auto method = presigned("GET", std::chrono::hours(1)), key = presigned("GET", std::chrono::hours(1)),
       parameter = presigned("GET", std::chrono::hours(1));
  method.method = "PUT";
  key.path = "/lake/main/b";
  parameter.query += "&versionId=x";
  for (http::Request* request : {&method, &key, &parameter}) EXPECT_EQ(check(*request), kNoMatch);
}

TEST_F(AuthenticationTest, TheParametersOfAPresignedUrlAreChecked) {
  const auto with = [&](std::string_view name, std::string_view value) {
    auto request = presigned("GET", std::chrono::hours(1));
    const std::size_t begin = request.query.find(std::string(name) + '=') + name.size() + 1;
    const std::size_t end = std::min(request.query.find('&', begin), request.query.size());
    request.query.replace(begin, end - begin, value);
    return check(request);
  };
  const std::string week =
      "400 AuthorizationQueryParametersError X-Amz-Expires must be less than a week (in seconds); that is, "
      "the given "
      "X-Amz-Expires must be less than 604800 seconds";

  for (const std::string_view name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
                                      "X-Amz-SignedHeaders", "X-Amz-Signature"}) {
    EXPECT_EQ(with(name, ""), kMissing) << name;
  }
  EXPECT_EQ(with("X-Amz-Algorithm", "AWS4-HMAC-SHA512"),
            "400 AuthorizationQueryParametersError X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\".");
  EXPECT_EQ(
      with("X-Amz-Credential", "x"),
      "400 AuthorizationQueryParametersError Error parsing the X-Amz-Credential parameter; the Credential is "
      "mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  EXPECT_EQ(with("X-Amz-Expires", "soon"),
            "400 AuthorizationQueryParametersError X-Amz-Expires should be a number");
  EXPECT_EQ(with("X-Amz-Expires", "1h"),
            "400 AuthorizationQueryParametersError X-Amz-Expires should be a number");
  EXPECT_EQ(with("X-Amz-Expires", "-1"),
            "400 AuthorizationQueryParametersError X-Amz-Expires must be non-negative");
  EXPECT_EQ(with("X-Amz-Expires", "604801"), week);
  EXPECT_EQ(with("X-Amz-Expires", "99999999999999999999"), week);
  EXPECT_EQ(with("X-Amz-Signature", "x"), kNoMatch);
}

TEST_F(AuthenticationTest, TheExampleOfAPresignedUrlIsTaken) {
  EXPECT_EQ(check_copy(request_of("GET", "/test.txt",
                                  "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%"
                                  "2F20130524%2Fus-east-1%2Fs3%2F"
                                  "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-"
                                  "SignedHeaders=host&X-Amz-Signature="
                                  "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")),
            "admin");
}

}  // namespace
}  // namespace mere::s3
