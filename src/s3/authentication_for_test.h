// Requests signed in every way, and an installation whose admin has the key of AWS's examples.
#pragma once

#include <gtest/gtest.h>

#include "base/random.h"
#include "kv/store.h"
#include "s3/authentication.h"
#include "s3/body_for_test.h"

namespace mere::s3 {

inline constexpr std::string_view kId = "AKIAIOSFODNN7EXAMPLE";
inline constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
inline constexpr std::string_view kHost = "examplebucket.s3.amazonaws.com";
inline const Timestamp kTime = *http::parse_aws_time("20130524T000000Z");
inline const std::string kDomain = "s3.local.lakefs.io";

inline http::Request request_of(std::string method, std::string path, std::string query = "",
                                std::string host = std::string(kHost)) {
  http::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.query = std::move(query);
  request.headers.add("Host", std::move(host));
  return request;
}

struct AuthenticationTest : testing::Test {
  std::unique_ptr<kv::Store> state = kv::make_memory_store();
  ManualClock clock{kTime};
  auth::Auth auth{*state, clock, system_random(), {.secret = "server secret", .fixed_installation_id = ""}};
  Authentication authentication{auth, clock, {.domain_names = {kDomain}}};
  http::AwsSigningKeys signing_keys;

  void SetUp() override { ASSERT_TRUE(auth.setup("admin", std::string(kId), std::string(kSecret))); }

  // "status code message", or the user.
  std::string check(http::Request& request, std::string_view bucket_of_host = "") {
    auto checked = authentication.check(request, bucket_of_host);
    if (const auto* error = std::get_if<S3Error>(&checked)) {
      return std::to_string(error->status) + ' ' + error->code + ' ' + error->message;
    }
    last = std::move(std::get<Authenticated>(checked));
    return last->principal.user_id;
  }
  std::string check_copy(http::Request request, std::string_view bucket_of_host = "") {
    return check(request, bucket_of_host);
  }

  http::Request signed_request(std::string method, std::string path, std::string query = "",
                               std::string_view payload_hash = http::kUnsignedPayload, Timestamp time = kTime,
                               std::string_view secret = kSecret) {
    http::Request request = request_of(std::move(method), std::move(path), std::move(query));
    http::sign_request(request, kHost, {std::string(kId), std::string(secret), ""}, "us-east-1", "s3",
                       payload_hash, time, signing_keys);
    return request;
  }
  http::Request presigned(std::string method, std::chrono::seconds expiry, Timestamp time = kTime,
                          std::string path = "/lake/main/a b") {
    const std::string url =
        http::presign_url(method, "http", kHost, path, {}, {std::string(kId), std::string(kSecret), ""},
                          "us-east-1", "s3", expiry, time, signing_keys);
    const auto mark = url.find('?');
    return request_of(std::move(method), percent_encode(path, "/"), url.substr(mark + 1));
  }

  std::optional<Authenticated> last;
};

inline const std::string kNoMatch =
    "403 SignatureDoesNotMatch The request signature we calculated does not match the signature you "
    "provided. "
    "Check your key and signing method.";
inline const std::string kMissing = "400 MissingFields Missing fields in request.";
inline const std::string kDenied = "403 AccessDenied Access Denied.";
inline const std::string kSkewed =
    "403 RequestTimeTooSkewed The difference between the request time and the server's time is too large.";
inline const std::string kEarly = "403 AccessDenied Request is not valid yet";
inline const std::string kExpired = "403 AccessDenied Request has expired";

}  // namespace mere::s3
