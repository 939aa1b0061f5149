// What is expected here was signed by Google's own client libraries for Python (google-auth,
// google-cloud-storage 3.17) with the key of tests/data/gcs, which is good for nothing else.
#include "block/gcs_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "base/time_format.h"

namespace mere::block {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const Timestamp kNoon = *from_rfc3339("2026-11-26T12:00:00Z");

RsaKey test_key() {
  std::ifstream file(MERE_TEST_DATA "/gcs/test_key.pem");
  return RsaKey::parse(std::string(std::istreambuf_iterator<char>(file), {})).value();
}

TEST(GcsSignature, SignsTextAsGoogleAuthDoes) {
  const auto signature = test_key().sign("text");

  ASSERT_TRUE(signature);
  EXPECT_EQ(to_hex(*signature),
            "6a01767acbb01dbe2d1fee5b29f836f6b8ce5f5e9f37d07c3137e344a12edfaa14bf5aca5c0b1c6d4720c69bc4"
            "c9a5705fc608543063de6411573e780ca085890f8adbe8ef3e0f4f17981f4945f3fc93e6b961938b1f769f76e4"
            "a3bab24d7f242ffb1d7c3ab8a139ab2b0674eb939abfb5915bd020018c6be61fdde761cd41cac5b373f6a04006"
            "ef76ea8444cf98b9a65dc73286bdf5d59556621a729e8b2df6e6e41a5877e94377f71a46035e4bd01f9153db28"
            "50e5b50547fb41593ce491436b4e61dd56a1d8f9ad1de4eb3d027daea6decca7455537b86683e827cb38bf25d4"
            "d78d5710103eaafddf8272e3f6015d2d9b971365804adc96c8875299d3824c");
}

TEST(GcsSignature, SignsUrlsAsTheClientLibraryDoes) {
  const auto signer = make_rsa_signer("mere@tests.iam.gserviceaccount.com", test_key());

  const auto url =
      sign_gcs_url(*signer,
                   {.method = "GET",
                    .origin = "https://storage.googleapis.com",
                    .path = "/lake/data/a b.txt",
                    .query = {{"response-content-disposition", "attachment; filename=\"x.txt\""}},
                    .expiry = std::chrono::seconds(600)},
                   kNoon);

  ASSERT_TRUE(url);
  EXPECT_EQ(
      *url,
      "https://storage.googleapis.com/lake/data/"
      "a%20b.txt?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential="
      "mere%40tests.iam.gserviceaccount.com%2F20261126%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date="
      "20261126T120000Z&X-Goog-Expires=600&X-Goog-SignedHeaders=host&response-content-disposition=attachment"
      "%3B%20filename%3D%22x.txt%22&X-Goog-Signature="
      "06ab50c4cdb330712a459d00492fc75f5daa79dc20981f5da05058c0b90acfd3584162ead81f868050d69aaab0"
      "6d32c15e022770ee3cbe70390ab6bc057d443d0b9b53adfcbd7b0f402c598fc7e90e6df1ef325ef43d050679bd"
      "fdaea618d17783adaf9cd5ada40b52acc080b0ab668f76d08f48709f696a7414ff0bba6ab603600e07c97d2933"
      "b528d58de0c4b7371aadc22b9154ae2037d7642129228ec692cf441d8e43bcaecf9ecb8b3bf43b4434aaa52708"
      "603a81404976ac5be66184e0c503ee42d0ad2b12eedd1b60adb78a5ad5817a36017ae329594de1b4e3dbdf51d4"
      "3370b579ea7f6193f1262b4d926b58578e3574aab5b3c9cb3f6c45fc0b8b75");
}

TEST(GcsSignature, AnHmacKeySignsUrlsToo) {
  const auto signer = make_hmac_signer("GOOGACCESS", "secret");
  const GcsUrl url{.method = "PUT",
                   .origin = "https://storage.googleapis.com",
                   .path = "/lake/object",
                   .query = {},
                   .expiry = std::chrono::seconds(60)};

  const auto first = sign_gcs_url(*signer, url, kNoon);
  const auto other_secret = sign_gcs_url(*make_hmac_signer("GOOGACCESS", "other"), url, kNoon);
  const auto next_day = sign_gcs_url(*signer, url, kNoon + std::chrono::hours(24));

  ASSERT_TRUE(first);
  EXPECT_THAT(*first, HasSubstr("X-Goog-Algorithm=GOOG4-HMAC-SHA256"));
  EXPECT_THAT(*first, HasSubstr("X-Goog-Credential=GOOGACCESS%2F20261126%2Fauto%2Fstorage%2Fgoog4_request"));
  EXPECT_NE(*first, *other_secret);
  EXPECT_NE(*first, *next_day);
}

TEST(GcsSignature, AnAssertionIsAWebToken) {
  const auto assertion = sign_gcs_assertion(
      test_key(), {.issuer = "mere@tests", .key_id = "k1", .audience = "https://tokens", .scope = "storage"},
      kNoon);

  ASSERT_TRUE(assertion);
  const std::size_t first = assertion->find('.');
  const std::size_t second = assertion->rfind('.');
  EXPECT_EQ(from_base64url(assertion->substr(0, first)), R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
  EXPECT_EQ(
      from_base64url(assertion->substr(first + 1, second - first - 1)),
      R"({"iss":"mere@tests","scope":"storage","aud":"https://tokens","iat":1795694400,"exp":1795698000})");
  EXPECT_EQ(from_base64url(assertion->substr(second + 1)),
            test_key().sign(assertion->substr(0, second)).value());
}

TEST(GcsSignature, RefusesWhatIsNoRsaKey) {
  for (const char* text : {"", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"})
    EXPECT_EQ(RsaKey::parse(text).error().code, Code::invalid_argument) << text;
}

}  // namespace
}  // namespace mere::block
