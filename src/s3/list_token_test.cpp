#include "s3/list_token.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mere::s3 {
namespace {

TEST(ListToken, IsTheKeyWherePeopleCanReadIt) {
  EXPECT_EQ(to_token("main/a b/é"), "main/a b/é");
  EXPECT_EQ(from_token("main/a b/é"), "main/a b/é");
  EXPECT_EQ(from_token("b64.x/y"), "b64.x/y");
}

TEST(ListToken, HidesWhatXmlCannotCarry) {
  const std::string key = "main/\x01\t\n";

  const std::string token = to_token(key);

  EXPECT_EQ(token.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."),
            std::string::npos);
  EXPECT_EQ(from_token(token), key);
}

RC_GTEST_PROP(ListToken, GivesAnyKeyBack, (const std::string& path)) {
  const std::string key = "main/" + path;

  RC_ASSERT(from_token(to_token(key)) == key);
}

}  // namespace
}  // namespace mere::s3
