// The kinds of a finding, which travel by name between the lake, the API and the command line.
#include <gtest/gtest.h>

#include "api/types.h"
#include "lake/verify.h"

namespace mere::cli {
namespace {

using Spoken = api::VerificationFindingKind;

TEST(FindingKinds, EachOfTheLakesIsOneOfTheApis) {
  for (int number = 0; number <= static_cast<int>(lake::kLastFindingKind); ++number) {
    const auto kind = static_cast<lake::FindingKind>(number);
    Spoken spoken{};

    EXPECT_TRUE(api::from_string(lake::name_of(kind), spoken)) << lake::name_of(kind);
    EXPECT_EQ(lake::finding_kind_named(api::to_string(spoken)), kind);
  }
}

TEST(FindingKinds, EachOfTheApisIsOneOfTheLakes) {
  std::string_view names = api::values_of(Spoken());
  while (!names.empty()) {
    const std::size_t end = names.find(", ");
    EXPECT_TRUE(lake::finding_kind_named(names.substr(0, end))) << names;
    names.remove_prefix(end == names.npos ? names.size() : end + 2);
  }
}

TEST(FindingKinds, AnythingElseIsNone) {
  EXPECT_FALSE(lake::finding_kind_named(""));
  EXPECT_FALSE(lake::finding_kind_named("missing_tables"));
}

}  // namespace
}  // namespace mere::cli
