#include "s3/post_policy.h"

#include <gtest/gtest.h>

namespace mere::s3 {
namespace {

constexpr Timestamp kNow{1'800'000'000, 0};
const FormFields kFields{
    {"key", "main/a/b.txt"}, {"acl", "private"}, {"policy", "e30="}, {"x-ignore-me", "1"}};

std::string with_conditions(const std::string& conditions,
                            const std::string& expiration = "2099-01-01T00:00:00Z") {
  return R"({"expiration": ")" + expiration + R"(", "conditions": [)" + conditions + "]}";
}

// "": it allows kFields in the bucket "lake".
std::string checked(const std::string& document, const FormFields& fields = kFields) {
  const auto policy = parse_post_policy(document);
  if (!policy) return policy.error().code;
  const Refusal refusal = check_post_policy(*policy, fields, "lake", kNow);
  return refusal ? refusal->code : "";
}

TEST(PostPolicy, AllowsWhatItsConditionsSay) {
  EXPECT_EQ(checked(with_conditions(
                R"({"bucket": "lake"}, ["starts-with", "$key", "main/a/"], {"acl": "private"})")),
            "");
  EXPECT_EQ(checked(with_conditions(
                R"({"bUcKeT": "lake"}, ["EQ", "$KEY", "main/a/b.txt"], ["eq", "$acl", "private"])")),
            "");
  EXPECT_EQ(checked(with_conditions(
                R"(["eq", "$bucket", "lake"], ["starts-with", "$key", ""], ["starts-with", "$acl", ""])")),
            "");
}

TEST(PostPolicy, RefusesWhatBreaksOne) {
  EXPECT_EQ(
      checked(with_conditions(R"({"bucket": "other"}, {"acl": "private"}, ["starts-with", "$key", ""])")),
      "AccessDenied");
  EXPECT_EQ(
      checked(with_conditions(R"({"bucket": "lake"}, {"acl": "private"}, ["starts-with", "$key", "dev/"])")),
      "AccessDenied");
  EXPECT_EQ(
      checked(with_conditions(R"({"bucket": "lake"}, {"acl": "PRIVATE"}, ["starts-with", "$key", ""])")),
      "AccessDenied");
  EXPECT_EQ(
      checked(with_conditions(
          R"({"bucket": "lake"}, {"acl": "private"}, ["starts-with", "$key", ""], ["eq", "$x-amz-meta-a", "1"])")),
      "AccessDenied");
}

TEST(PostPolicy, RefusesFieldsThatItDoesNotSpeakOf) {
  EXPECT_EQ(checked(with_conditions(R"({"bucket": "lake"}, ["starts-with", "$key", ""])")), "AccessDenied");
  EXPECT_EQ(checked(with_conditions(R"({"acl": "private"}, ["starts-with", "$key", ""])")), "AccessDenied")
      << "nor of the bucket";
}

TEST(PostPolicy, Expires) {
  const std::string conditions = R"({"bucket": "lake"}, {"acl": "private"}, ["starts-with", "$key", ""])";

  EXPECT_EQ(checked(with_conditions(conditions, "2027-01-15T08:00:00Z")), "AccessDenied")
      << "this very second";
  EXPECT_EQ(checked(with_conditions(conditions, "2027-01-15T08:00:01.000Z")), "");
}

TEST(PostPolicy, SaysHowLongTheFileMayBe) {
  const auto policy = parse_post_policy(with_conditions(R"(["content-length-range", 5, 1024])"));

  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->min_bytes, 5u);
  EXPECT_EQ(policy->max_bytes, 1024u);
}

TEST(PostPolicy, MustBeWellFormed) {
  for (const std::string& document :
       {std::string("not json"), std::string("[]"), std::string(R"({"conditions": []})"),
        std::string(R"({"EXPIRATION": "2099-01-01T00:00:00Z", "conditions": []})"),
        std::string(R"({"expiration": "2099-01-01T00:00:00Z"})"), with_conditions("", "tomorrow"),
        with_conditions("{}"), with_conditions(R"({"a": "1", "b": "2"})"), with_conditions(R"({"a": 1})"),
        with_conditions(R"(["eq", "$a"])"), with_conditions(R"(["eq", "a", "1"])"),
        with_conditions(R"(["like", "$a", "1"])"), with_conditions(R"(["content-length-range", 0])"),
        with_conditions(R"(["content-length-range", -1, 0])"), with_conditions("7")}) {
    EXPECT_EQ(checked(document), "InvalidPolicyDocument") << document;
  }
}

}  // namespace
}  // namespace mere::s3
