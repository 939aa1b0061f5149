#include "version/names.h"

#include <gtest/gtest.h>

#include <string>

#include "version/refs_test_support.h"

namespace mere::version {
namespace {

TEST(Names, RepositoriesAreThreeTo63LowerCaseLettersDigitsAndDashes) {
  for (const char* name : {"9-a", "abc", "a--", "lake-1"}) EXPECT_TRUE(check_repository_name(name)) << name;
  EXPECT_TRUE(check_repository_name(std::string(63, 'z')));

  for (const char* name : {"", "ab", "Abc", "a_b_c", "-abc", "a.bc", "a b", "abc\n"}) {
    EXPECT_EQ(message_of(check_repository_name(name)), "repository id: invalid value: validation error")
        << name;
  }
  EXPECT_FALSE(check_repository_name(std::string(64, 'a')));
}

TEST(Names, BranchesAreWordCharactersAndDashesNotFirst) {
  for (const char* name : {"main", "a", "_x", "9", "dev_2-b", "A-Z"}) {
    EXPECT_TRUE(check_branch_name(name)) << name;
    EXPECT_TRUE(check_branch_argument(name)) << name;
  }
  for (const char* name : {"a/b", "-a", "a.b", "a b", "ü", "a\n", "main~1"}) {
    EXPECT_EQ(
        message_of(check_branch_name(name)),
        "branch id: invalid value: validation error: branch id must consist of letters, digits, underscores "
        "and dashes, and cannot start with a dash");
    EXPECT_EQ(message_of(check_branch_argument(name)), "branch id: invalid value: validation error");
  }
}

TEST(Names, TagsRefuseWhatWouldBreakReferencesAndPaths) {
  for (const char* name : {"v1", "v2.0-rc_1", "~ok", "a@b", ".hidden", "-dash", "ü", "x$", "{"}) {
    EXPECT_TRUE(check_tag_name(name)) << name;
  }
  for (const char* name : {"a/b", "a b", "a..b", "x.lock", "end.", "@", "a^b", "a:b", "a?b", "a*b", "a[b",
                           "a\\b", "a@{b", "a\x01"}) {
    EXPECT_EQ(message_of(check_tag_name(name)), "tag id: invalid value: validation error") << name;
  }
  EXPECT_FALSE(check_tag_name(std::string("a\0b", 3)));
}

TEST(Names, ReferencesHoldNoSpace) {
  EXPECT_TRUE(check_ref_expr("main~1^2"));
  EXPECT_EQ(message_of(check_ref_expr("a b")), "ref: invalid value: validation error");
  EXPECT_FALSE(check_ref_expr("a\tb"));
}

TEST(Names, PathsHave1To1024BytesOfAnyKind) {
  EXPECT_TRUE(check_path("/a//../ü"));
  EXPECT_TRUE(check_path(std::string(1024, 'a')));
  EXPECT_EQ(message_of(check_path(std::string(1025, 'a'))),
            "invalid value: validation error: 1025 is above maximum length (1024)");
}

TEST(Names, AnEmptyOneIsMissing) {
  for (const auto check :
       {check_branch_name, check_branch_argument, check_tag_name, check_ref_expr, check_path}) {
    EXPECT_EQ(message_of(check("")), "required value: validation error");
  }
}

TEST(Names, CommitIdsAre64LowerCaseHexDigits) {
  EXPECT_TRUE(is_commit_id(std::string(64, 'a')));
  for (const std::string& text : {std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'),
                                  std::string(64, 'g'), std::string()}) {
    EXPECT_FALSE(is_commit_id(text)) << text;
  }
}

}  // namespace
}  // namespace mere::version
