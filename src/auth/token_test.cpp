#include "auth/token.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"

namespace mere::auth {
namespace {

constexpr std::string_view kSecret = "a server's secret";
constexpr std::int64_t kNow = 1'700'000'000;

TokenClaims some_claims() {
  return {.id = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
          .issuer = "auth",
          .subject = "admin",
          .audience = "login",
          .issued_at = kNow,
          .expires_at = kNow + 3600};
}

std::string token_of(std::string_view header, std::string_view payload) {
  std::string token = to_base64url(header) + "." + to_base64url(payload);
  if (header.find("HS384") != std::string_view::npos)
    return token + "." + to_base64url(hmac_sha384(kSecret, token));
  if (header.find("HS512") != std::string_view::npos)
    return token + "." + to_base64url(hmac_sha512(kSecret, token));
  return token + "." + to_base64url(hmac_sha256(kSecret, token));
}

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";

bool accepts(std::string_view header, std::string_view payload) {
  return verify_token(kSecret, token_of(header, payload), kNow).has_value();
}

TEST(Token, IsReadBackAsItWasSigned) {
  const auto claims = verify_token(kSecret, sign_token(kSecret, some_claims()), kNow);

  ASSERT_TRUE(claims);
  EXPECT_EQ(*claims, some_claims());
}

TEST(Token, IsRefusedFromTheSecondItExpires) {
  const std::string token = sign_token(kSecret, some_claims());

  EXPECT_TRUE(verify_token(kSecret, token, kNow + 3599));
  EXPECT_FALSE(verify_token(kSecret, token, kNow + 3600));
}

TEST(Token, IsRefusedWhenAnotherSecretSignedIt) {
  const auto claims = verify_token("another", sign_token(kSecret, some_claims()), kNow);

  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().code, Code::unauthenticated);
  EXPECT_EQ(claims.error().message, "error authenticating request");
}

TEST(Token, MayBeSignedWithAnyOfThreeAlgorithms) {
  const std::string payload = R"({"sub":"admin","exp":1700000001})";

  EXPECT_TRUE(accepts(R"({"alg":"HS256","typ":"JWT"})", payload));
  EXPECT_TRUE(accepts(R"({"alg":"HS384"})", payload));
  EXPECT_TRUE(accepts(R"({"alg":"HS512","typ":"JWT"})", payload));
}

TEST(Token, WithoutARealAlgorithmIsRefused) {
  const std::string payload = R"({"sub":"admin","exp":1700000001})";

  for (const char* algorithm : {"none", "None", "RS256", "ES256", "hs256", ""}) {
    EXPECT_FALSE(accepts(std::string(R"({"alg":")") + algorithm + R"("})", payload)) << algorithm;
  }
  EXPECT_FALSE(accepts("{}", payload));
  EXPECT_FALSE(accepts(R"({"alg":["HS256"]})", payload));
  EXPECT_FALSE(accepts(R"({"alg":"HS256","crit":["b64"]})", payload));
  EXPECT_FALSE(
      verify_token(kSecret, to_base64url(R"({"alg":"none"})") + "." + to_base64url(payload) + ".", kNow));
}

TEST(Token, NeedsAnExpiryThatIsANumber) {
  EXPECT_FALSE(accepts(kHeader, R"({"sub":"admin"})"));
  EXPECT_FALSE(accepts(kHeader, R"({"sub":"admin","exp":"1700000001"})"));
  EXPECT_FALSE(accepts(kHeader, R"({"sub":"admin","exp":null})"));
  EXPECT_FALSE(accepts(kHeader, R"({"sub":"admin","exp":1e300})"));
  EXPECT_TRUE(accepts(kHeader, R"({"sub":"admin","exp":1700000001.5})"));
}

TEST(Token, IsForLoginsOnly) {
  EXPECT_TRUE(accepts(kHeader, R"({"sub":"admin","exp":1700000001,"aud":""})"));
  EXPECT_TRUE(accepts(kHeader, R"({"sub":"admin","exp":1700000001,"aud":["login"]})"));
  EXPECT_FALSE(accepts(kHeader, R"({"sub":"admin","exp":1700000001,"aud":"reset_password"})"));
  EXPECT_FALSE(accepts(kHeader, R"({"sub":"admin","exp":1700000001,"aud":5})"));
}

TEST(Token, NeedsASubjectAndIsNotReadBeforeItsTime) {
  EXPECT_FALSE(accepts(kHeader, R"({"exp":1700000001})"));
  EXPECT_FALSE(accepts(kHeader, R"({"sub":7,"exp":1700000001})"));
  EXPECT_FALSE(accepts(kHeader, R"({"sub":"admin","exp":1700000001,"nbf":1700000001})"));
  EXPECT_TRUE(accepts(kHeader, R"({"sub":"admin","exp":1700000001,"nbf":1700000000})"));
}

TEST(Token, ThatIsOversizedOrMalformedIsRefused) {
  EXPECT_FALSE(accepts(kHeader, R"({"sub":")" + std::string(kMaxTokenBytes, 'x') + R"(","exp":1700000001})"));
  EXPECT_FALSE(accepts(kHeader, "[1]"));
  EXPECT_FALSE(accepts(kHeader, std::string(2000, '[')));
  for (const char* text : {"", ".", "..", "...", "a.b.c", "a.b", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"}) {
    EXPECT_FALSE(verify_token(kSecret, text, kNow)) << text;
  }
}

RC_GTEST_PROP(Token, WithAnyByteChangedIsRefused, ()) {
  std::string token = sign_token(kSecret, some_claims());
  const auto at = *rc::gen::inRange<std::size_t>(0, token.size());
  const char other = *rc::gen::suchThat(rc::gen::character<char>(), [&](char c) { return c != token[at]; });
  token[at] = other;

  RC_ASSERT(!verify_token(kSecret, token, kNow));
}

}  // namespace
}  // namespace mere::auth
