#include "auth/secret_box.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"

namespace mere::auth {
namespace {

TEST(SecretBox, KeysAreThoseOfHkdf) {
  // RFC 5869, appendix A.3: no salt, no info; its first 32 bytes.
  EXPECT_EQ(to_hex(derive_key(std::string(22, '\x0b'), "")),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
  EXPECT_NE(derive_key("secret", "a"), derive_key("secret", "b"));
}

RC_GTEST_PROP(SecretBox, OpensWithItsKeyAndContextOnly,
              (const std::string& plain, const std::string& context)) {
  const std::string key = derive_key("secret", "test");
  const std::string box = seal(key, context, plain, system_random());

  RC_ASSERT(*open_sealed(key, context, box) == plain);
  RC_ASSERT(!open_sealed(key, context + "x", box));
  RC_ASSERT(!open_sealed(derive_key("other", "test"), context, box));
}

TEST(SecretBox, ThatIsDamagedOrCutShortDoesNotOpen) {
  const std::string key = derive_key("secret", "test");
  const std::string box = seal(key, "AKIA", "the secret", system_random());

  for (std::size_t i = 0; i < box.size(); ++i) {
    std::string damaged = box;
    damaged[i] ^= 1;
    EXPECT_FALSE(open_sealed(key, "AKIA", damaged)) << i;
    EXPECT_FALSE(open_sealed(key, "AKIA", box.substr(0, i))) << i;
  }
}

TEST(SecretBox, OfTheSameSecretLooksDifferentEachTime) {
  const std::string key = derive_key("secret", "test");

  EXPECT_NE(seal(key, "AKIA", "plain", system_random()), seal(key, "AKIA", "plain", system_random()));
}

}  // namespace
}  // namespace mere::auth
