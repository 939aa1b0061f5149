#include "base/glob.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <ctime>

namespace mere {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  return Glob::parse(pattern).value().matches(text);
}

TEST(Glob, MatchesTheWholeText) {
  EXPECT_TRUE(matches("main", "main"));
  EXPECT_FALSE(matches("main", "main2"));
  EXPECT_FALSE(matches("main", "mai"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
}

TEST(Glob, StarTakesAnyTextAndQuestionOneCharacter) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("release-*", "release-1/2"));
  EXPECT_FALSE(matches("release-*", "release"));
  EXPECT_TRUE(matches("*a*b", "xaxxb"));
  EXPECT_TRUE(matches("v?", "v1"));
  EXPECT_FALSE(matches("v?", "v"));
  EXPECT_TRUE(matches("v?", "v\xe2\x82\xac"));
  EXPECT_TRUE(matches("v?", "v\xff"));
}

TEST(Glob, SetsTakeOneCharacter) {
  EXPECT_TRUE(matches("[a-c]", "b"));
  EXPECT_FALSE(matches("[a-c]", "d"));
  EXPECT_TRUE(matches("[!a-c]", "d"));
  EXPECT_FALSE(matches("[^a-c]", "b"));
  EXPECT_TRUE(matches("[]x]", "]"));
  EXPECT_TRUE(matches("[a-]", "-"));
  EXPECT_TRUE(matches("[\\]]", "]"));
  EXPECT_TRUE(matches("[\xc3\xa0-\xc3\xbf]", "\xc3\xa9"));
}

TEST(Glob, BracesTakeEither) {
  EXPECT_TRUE(matches("{main,release-*}", "main"));
  EXPECT_TRUE(matches("{main,release-*}", "release-7"));
  EXPECT_FALSE(matches("{main,release-*}", "dev"));
  EXPECT_TRUE(matches("a{,b{c,d}}e", "ae"));
  EXPECT_TRUE(matches("a{,b{c,d}}e", "abde"));
  EXPECT_FALSE(matches("a{,b{c,d}}e", "abe"));
  EXPECT_TRUE(matches("a,b}", "a,b}"));
}

TEST(Glob, BackslashTakesTheNextAsItIs) {
  EXPECT_TRUE(matches("\\*", "*"));
  EXPECT_FALSE(matches("\\*", "x"));
  EXPECT_TRUE(matches("{\\},\\,}", "}"));
}

TEST(Glob, RefusesWhatIsNotClosed) {
  for (const char* pattern : {"[a", "[", "[]", "[!", "{a", "{a,", "{{a}", "\\", "[z-a]", "[a-"}) {
    const auto glob = Glob::parse(pattern);
    ASSERT_FALSE(glob) << pattern;
    EXPECT_EQ(glob.error().code, Code::invalid_argument);
  }
  EXPECT_FALSE(Glob::parse(std::string(5000, 'a')));
  EXPECT_FALSE(Glob::parse(std::string(100, '{') + std::string(100, '}')));
}

// Of this thread alone: a busy machine must not look like a slow match.
double cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// With backtracking neither of these would ever end.
TEST(Glob, TakesNoLongerForAPatternMadeToBacktrack) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  const double before = cpu_seconds();

  EXPECT_FALSE(matches(pattern + "b", std::string(500, 'a')));
  EXPECT_FALSE(matches("{*,{*,*}{*,*}}{*,a*}{*,a*}{*,a*}b", std::string(500, 'a')));

  EXPECT_LT(cpu_seconds() - before, 5);
}

// The textbook definition, exponential and obviously right.
bool slow_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return slow_match(pattern.substr(1), text) || (!text.empty() && slow_match(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         slow_match(pattern.substr(1), text.substr(1));
}

RC_GTEST_PROP(Glob, AgreesWithTheDefinition, ()) {
  const auto any_of = [](std::string characters) {
    return *rc::gen::container<std::string>(*rc::gen::inRange<std::size_t>(0, 12),
                                            rc::gen::elementOf(std::move(characters)));
  };
  const std::string pattern = any_of("ab*?");
  const std::string text = any_of("ab");

  RC_ASSERT(matches(pattern, text) == slow_match(pattern, text));
}

RC_GTEST_PROP(Glob, SurvivesAnyPattern, (const std::string& pattern, const std::string& text)) {
  if (const auto glob = Glob::parse(pattern)) (void)glob->matches(text);
}

}  // namespace
}  // namespace mere
