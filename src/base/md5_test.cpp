#include "base/md5.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "base/encoding.h"

namespace mere {
namespace {

std::string openssl_md5(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  EXPECT_EQ(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr), 1);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

class VectorMd5Test : public testing::Test {
 protected:
  void SetUp() override {
    if (!VectorMd5::is_available()) GTEST_SKIP() << "this processor has no AVX-512";
  }
};

std::string vector_md5(std::string_view bytes) {
  VectorMd5 digest;
  digest.update(bytes);
  return digest.finish();
}

// RFC 1321, appendix A.5.
TEST_F(VectorMd5Test, MatchesTheExamplesOfItsRfc) {
  EXPECT_EQ(to_hex(vector_md5("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(vector_md5("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(
      to_hex(vector_md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890")),
      "57edf4a22be3c955ac49da2e2107b67a");
}

TEST_F(VectorMd5Test, AgreesWithOpensslAtEveryLengthAroundTheBlocks) {
  std::string bytes;
  for (int length = 0; length < 520; ++length) {
    EXPECT_EQ(vector_md5(bytes), openssl_md5(bytes)) << length;
    bytes += static_cast<char>(length * 37 + 11);
  }
}

RC_GTEST_FIXTURE_PROP(VectorMd5Test, DoesNotDependOnHowBytesArrive, ()) {
  if (!VectorMd5::is_available()) RC_SUCCEED("this processor has no AVX-512");
  const auto pieces =
      *rc::gen::container<std::vector<std::string>>(rc::gen::mapcat(rc::gen::inRange(0, 300), [](int size) {
        return rc::gen::container<std::string>(static_cast<std::size_t>(size), rc::gen::arbitrary<char>());
      }));
  VectorMd5 digest;
  std::string whole;

  for (const std::string& piece : pieces) {
    digest.update(piece);
    whole += piece;
  }

  RC_ASSERT(digest.finish() == openssl_md5(whole));
}

}  // namespace
}  // namespace mere
