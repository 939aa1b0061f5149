#include "s3/encoded_words.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mere::s3 {
namespace {

TEST(EncodedWords, AreDecodedWhereTheyStand) {
  EXPECT_EQ(decode_words("plain = text?"), "plain = text?");
  EXPECT_EQ(decode_words("=?utf-8?q?caf=C3=A9_au_lait?="), "café au lait");
  EXPECT_EQ(decode_words("a =?UTF-8?B?w6k=?= z"), "a é z");
  EXPECT_EQ(decode_words("=?iso-8859-1?q?=E9?="), "é");
}

TEST(EncodedWords, BlanksBetweenTwoAreNoText) {
  EXPECT_EQ(decode_words("=?utf-8?q?a?= =?utf-8?q?b?="), "ab");
  EXPECT_EQ(decode_words("=?utf-8?q?a?= x =?utf-8?q?b?="), "a x b");
}

TEST(EncodedWords, WhatCannotBeDecodedIsRefused) {
  EXPECT_FALSE(decode_words("=?koi8-r?q?a?="));
  EXPECT_FALSE(decode_words("=?utf-8?q?=FF?="));
  EXPECT_FALSE(decode_words("=?utf-8?q?=Z1?="));
  EXPECT_EQ(decode_words("=?utf-8?x?a?="), "=?utf-8?x?a?=");  // no encoded word
  EXPECT_EQ(decode_words("=?"), "=?");
}

RC_GTEST_PROP(EncodedWords, GiveTheTextBack, ()) {
  std::string text;
  for (const char32_t c : *rc::gen::container<std::u32string>(rc::gen::inRange<char32_t>(1, 0x7ff))) {
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else {
      text += {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 0x3f))};
    }
  }
  RC_PRE(text.find("=?") == text.npos || text != encode_words(text));

  RC_ASSERT(decode_words(encode_words(text)) == text);
}

}  // namespace
}  // namespace mere::s3
