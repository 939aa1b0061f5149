#include "version/ref_expr.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "version/refs_test_support.h"

namespace mere::version {
namespace {

using Kind = RefModifier::Kind;

TEST(RefExpr, IsABaseAndItsModifiers) {
  const auto parsed = parse_ref("feature-1~2^3~^@"), plain = parse_ref("main"),
             chained = parse_ref("main~1^2~3^0");

  EXPECT_FALSE(parsed);  // '@' must be alone
  EXPECT_EQ(*plain, (ParsedRef{"main", {}}));
  EXPECT_EQ(
      *chained,
      (ParsedRef{"main", {{Kind::ancestor, 1}, {Kind::parent, 2}, {Kind::ancestor, 3}, {Kind::parent, 0}}}));
}

TEST(RefExpr, NumbersDefaultTo1) {
  EXPECT_EQ(*parse_ref("a~^"), (ParsedRef{"a", {{Kind::ancestor, 1}, {Kind::parent, 1}}}));
  EXPECT_EQ(*parse_ref("a~4294967295"), (ParsedRef{"a", {{Kind::ancestor, 4294967295}}}));
}

TEST(RefExpr, CommittedAndStagingStandAlone) {
  EXPECT_EQ(*parse_ref("a@"), (ParsedRef{"a", {{Kind::committed, 1}}}));
  EXPECT_EQ(*parse_ref("a$"), (ParsedRef{"a", {{Kind::staging, 1}}}));
  for (const char* text : {"a@~1", "a~1@", "a$~1", "a^$", "a@@", "a$$", "a@$", "~1", "@", "$", ""}) {
    const auto parsed = parse_ref(text);
    ASSERT_EQ(code_of(parsed), Code::invalid_argument) << text;
    EXPECT_EQ(parsed.error().message, "ref: invalid value: validation error") << text;
  }
}

TEST(RefExpr, NamesTheModifierThatDoesNotParse) {
  EXPECT_EQ(message_of(parse_ref("main~x")),
            "could not parse modifier ~x: ref: invalid value: validation error");
  EXPECT_EQ(message_of(parse_ref("main~1^2x~3")),
            "could not parse modifier ^2x: ref: invalid value: validation error");
  EXPECT_EQ(message_of(parse_ref("a@b")),
            "could not parse modifier @b: ref: invalid value: validation error");
  EXPECT_EQ(message_of(parse_ref("a~4294967296")),
            "could not parse modifier ~4294967296: ref: invalid value: validation error");
  EXPECT_FALSE(parse_ref("a~-1"));
  EXPECT_FALSE(parse_ref("a~+1"));
}

RC_GTEST_PROP(RefExprProperty, PrintedAndParsedIsTheSame, ()) {
  ParsedRef ref;
  ref.base =
      *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc019-_.é/"))));
  if (*rc::gen::arbitrary<bool>()) {
    for (const auto& [ancestor, number] :
         *rc::gen::arbitrary<std::vector<std::pair<bool, std::uint32_t>>>()) {
      ref.modifiers.push_back({ancestor ? Kind::ancestor : Kind::parent, number});
    }
  } else {
    ref.modifiers.push_back({*rc::gen::element(Kind::committed, Kind::staging), 1});
  }

  const auto parsed = parse_ref(to_string(ref));

  RC_ASSERT(parsed.has_value());
  RC_ASSERT(*parsed == ref);
}

RC_GTEST_PROP(RefExprProperty, WhateverIsAcceptedCanBePrintedAndParsedAgain, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab1209~^@$")));

  const auto parsed = parse_ref(text);

  if (!parsed) return;
  RC_ASSERT(text.starts_with(parsed->base));
  RC_ASSERT(*parse_ref(to_string(*parsed)) == *parsed);
}

}  // namespace
}  // namespace mere::version
