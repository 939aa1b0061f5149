#include "base/encoding.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mere {
namespace {

TEST(Base64, MatchesTheExamplesOfTheRfc) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64url("\xff\xfe"), "__4");
}

TEST(Base32Hex, MatchesTheExamplesOfTheRfc) {
  EXPECT_EQ(to_base32hex("f"), "co");
  EXPECT_EQ(to_base32hex("foob"), "cpnmuog");
  EXPECT_EQ(to_base32hex("foobar"), "cpnmuoj1e8");
}

TEST(Base64, ReadsWithAndWithoutPadding) {
  EXPECT_EQ(from_base64("Zg"), "f");
  EXPECT_EQ(from_base64("Zg=="), "f");
  EXPECT_EQ(from_base64url("__4="), "\xff\xfe");
}

TEST(Decoders, RefuseWhatTheEncoderWouldNotWrite) {
  for (const char* text : {"Zg=", "Z", "Zh==", "Zg==Zg==", "=", "====", "Zm 8", "Zm9v\n", "_w"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
  for (const char* text : {"c", "CO", "cp", "co=", "w"}) EXPECT_FALSE(from_base32hex(text)) << text;
  for (const char* text : {"0", "0g", "-1"}) EXPECT_FALSE(from_hex(text)) << text;
  for (const char* text : {"%", "%1", "a%4", "%g0", "%%41"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(Hex, ReadsEitherCase) {
  EXPECT_EQ(from_hex("4a4B"), "JK");
}

TEST(Percent, KeepsUnreservedCharactersAndThoseAskedFor) {
  EXPECT_EQ(percent_encode("a-._~/b c+\xc3\xa9"), "a-._~%2Fb%20c%2B%C3%A9");
  EXPECT_EQ(percent_encode("a/b", "/"), "a/b");
  EXPECT_EQ(percent_decode("a+b%2b"), "a+b+");
  EXPECT_EQ(percent_decode("a+b%2b", true), "a b+");
}

RC_GTEST_PROP(Encodings, RoundTrip, (const std::string& bytes)) {
  RC_ASSERT(from_hex(to_hex(bytes)) == bytes);
  RC_ASSERT(from_base64(to_base64(bytes)) == bytes);
  RC_ASSERT(from_base64url(to_base64url(bytes)) == bytes);
  RC_ASSERT(from_base32hex(to_base32hex(bytes)) == bytes);
  RC_ASSERT(percent_decode(percent_encode(bytes)) == bytes);
}

RC_GTEST_PROP(Encodings, ReadOnlyWhatTheyWrite, (const std::string& text)) {
  if (const auto bytes = from_base32hex(text)) RC_ASSERT(to_base32hex(*bytes) == text);
  if (const auto bytes = from_base64url(text); bytes && text.find('=') == text.npos) {
    RC_ASSERT(to_base64url(*bytes) == text);
  }
}

TEST(Utf8, KnowsWellFormedSequences) {
  for (const char* text : {"", "plain ascii of some length", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                           "\xef\xbf\xbf", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf", "12345678\xc3\xa9"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesOverlongSurrogateCutOffAndTooLarge) {
  for (const char* text : {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
                           "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xff", "12345678\xc3(", "\xe2\x82", "\xe2(\xac"}) {
    EXPECT_FALSE(is_valid_utf8(text)) << text;
  }
}

}  // namespace
}  // namespace mere
