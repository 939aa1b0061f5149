#include "base/hash.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"

namespace mere {
namespace {

TEST(Digest, MatchesKnownAnswers) {
  EXPECT_EQ(to_hex(md5("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Digest::sha1().update("abc").finish_hex(), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

RC_GTEST_PROP(Digest, DoesNotDependOnHowBytesArrive, (const std::string& a, const std::string& b)) {
  RC_ASSERT(Digest::sha256().update(a).update(b).finish() == sha256(a + b));
  RC_ASSERT(Digest::md5().update(a).update(std::as_bytes(std::span(b))).finish() == md5(a + b));
}

TEST(Digest, CanBeMovedWhileInProgress) {
  Digest digest = Digest::sha256();
  digest.update("a");

  Digest moved = std::move(digest);

  EXPECT_EQ(moved.update("bc").finish(), sha256("abc"));
}

TEST(Hmac, MatchesTheExamplesOfRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      to_hex(hmac_sha384("Jefe", "what do ya want for nothing?")),
      "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
  EXPECT_EQ(to_hex(hmac_sha512("Jefe", "what do ya want for nothing?")),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd"
            "caeab1a34d4a6b4b636e070a38bce737");
  EXPECT_EQ(
      to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, MatchesTheExamplesOfRfc2202) {
  EXPECT_EQ(to_hex(hmac_sha1("Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

TEST(EqualSecrets, ComparesContentAndLength) {
  EXPECT_TRUE(equal_secrets("abc", "abc"));
  EXPECT_TRUE(equal_secrets("", ""));
  EXPECT_FALSE(equal_secrets("abc", "abd"));
  EXPECT_FALSE(equal_secrets("abc", "abcd"));
}

TEST(Fnv1a, MatchesKnownAnswers) {
  EXPECT_EQ(fnv1a_64(""), 0xcbf29ce484222325u);
  EXPECT_EQ(fnv1a_64("foobar"), 0x85944171f73967e8u);
}

}  // namespace
}  // namespace mere
