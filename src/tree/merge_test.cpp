#include "tree/merge.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tree/lake_for_test.h"

namespace mere::tree {
namespace {

// Identities of the merge, path by path; nothing if it is a conflict.
std::optional<std::map<std::string, std::string>> merged(const Model& destination, const Model& source,
                                                         const Model& base, MergeStrategy strategy) {
  std::map<std::string, std::string> out;
  Model keys = destination;
  keys.insert(source.begin(), source.end());
  for (const auto& [key, value] : keys) {
    const std::string d = identity_in(destination, key), s = identity_in(source, key),
                      b = identity_in(base, key);
    std::string taken = d;
    if (d == b) {
      taken = s;
    } else if (s != b && s != d) {
      if (strategy == MergeStrategy::none) return std::nullopt;
      taken = strategy == MergeStrategy::source_wins ? s : d;
    }
    if (!taken.empty()) out[key] = taken;
  }
  return out;
}

std::map<std::string, std::string> identities_of(const Model& model) {
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : model) out[key] = value.first;
  return out;
}

MergeStrategy any_strategy() {
  return *rc::gen::element(MergeStrategy::none, MergeStrategy::source_wins, MergeStrategy::dest_wins);
}

void check_merge(const Model& destination, const Model& source, const Model& base, MergeStrategy strategy,
                 std::uint64_t raggedness) {
  TestLake lake(raggedness);
  const MetaRangeId to = lake.build(destination), from = lake.build(source), ancestor = lake.build(base);
  const auto expected = merged(destination, source, base, strategy);

  auto built = lake.trees().merge(lake.ns(), to, from, ancestor, strategy);

  RC_ASSERT(built.has_value() == expected.has_value());
  if (!built) {
    RC_ASSERT(built.error().code == Code::conflict);
    return;
  }
  const Model result = lake.read(built->id);
  RC_ASSERT(identities_of(result) == *expected);
  // A record is one of the two sides', whole.
  for (const auto& [key, value] : result) {
    auto in = [&, &k = key, &v = value](const Model& side) { return side.contains(k) && side.at(k) == v; };
    RC_ASSERT(in(destination) || in(source));
  }
  RC_ASSERT(built->count == static_cast<std::int64_t>(result.size()));
  if (identities_of(result) != identities_of(destination)) RC_ASSERT(built->changes.any());
}

RC_GTEST_PROP(Merge, TakesEachPathFromTheSideThatChangedIt, ()) {
  const Model base = *any_model();
  const Model destination = *any_edit_of(base);
  const Model source = *any_edit_of(base);
  check_merge(destination, source, base, any_strategy(), *rc::gen::element(1, 3, 7, 30));
}

RC_GTEST_PROP(Merge, OfTreesThatHaveLittleInCommonIsTheSame, ()) {
  check_merge(*any_model(), *any_model(), *any_model(), any_strategy(), *rc::gen::element(1, 3, 7, 30));
}

// Branches made by commits share ranges with their base, unlike trees that were built whole.
RC_GTEST_PROP(Merge, OfBranchesThatShareRangesIsTheSame, ()) {
  const Model base = *any_model();
  const Model destination = *any_edit_of(base);
  const Model source = *any_edit_of(base);
  const MergeStrategy strategy = any_strategy();
  TestLake lake(*rc::gen::element(2, 5));
  const MetaRangeId ancestor = lake.build(base);
  auto commit = [&](const Model& target) {
    Model changes;
    for (const auto& [key, value] : base) {
      if (!target.contains(key)) changes[key] = {};
    }
    for (const auto& [key, value] : target) {
      if (identity_in(base, key) != value.first) changes[key] = value;
    }
    ModelCursor cursor(changes);
    return lake.trees().apply(lake.ns(), ancestor, cursor)->id;
  };
  const MetaRangeId to = commit(destination), from = commit(source);
  const auto expected = merged(destination, source, base, strategy);

  auto built = lake.trees().merge(lake.ns(), to, from, ancestor, strategy);

  RC_ASSERT(built.has_value() == expected.has_value());
  if (built) RC_ASSERT(identities_of(lake.read(built->id)) == *expected);

  // What the comparison shows is what the merge does.
  auto compare = lake.trees().compare(lake.ns(), to, from, ancestor);
  bool conflict = false;
  Model shown = lake.read(to);
  for (; compare->valid(); compare->next()) {
    const Difference& difference = compare->difference();
    conflict = conflict || difference.type == DiffType::conflict;
    if (difference.right.key.empty()) {
      shown.erase(std::string(difference.key));
    } else {
      shown[std::string(difference.key)] = {std::string(difference.right.identity), {}};
    }
  }
  if (strategy == MergeStrategy::none) {
    RC_ASSERT(built.has_value() == !conflict);
    if (built) RC_ASSERT(identities_of(shown) == *expected);
  }
}

constexpr auto kOne = "11111111111111111111111111111111";
constexpr auto kTwo = "22222222222222222222222222222222";
constexpr auto kThree = "33333333333333333333333333333333";

// Two cases in which other implementations go by a record of the base that lies at another path.
TEST(Merge, KeepsAnAddedObjectWhoseContentTheBaseHasAtALaterPath) {
  TestLake lake(1'000'000);
  const MetaRangeId base = lake.build({{"a", {kOne, ""}}, {"m", {kTwo, ""}}});
  const MetaRangeId source = lake.build({{"a", {kOne, ""}}, {"k", {kTwo, ""}}, {"m", {kTwo, ""}}});
  const MetaRangeId destination = lake.build({{"a", {kOne, ""}}});

  auto built = lake.trees().merge(lake.ns(), destination, source, base, MergeStrategy::none);

  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(lake.read(built->id), (Model{{"a", {kOne, ""}}, {"k", {kTwo, ""}}}));
}

TEST(Merge, SeesTheConflictOfTwoAdditionsOfWhichTheBaseHasOneAtALaterPath) {
  TestLake lake(1'000'000);
  const MetaRangeId base = lake.build({{"a", {kOne, ""}}, {"m", {kTwo, ""}}});
  const MetaRangeId source = lake.build({{"a", {kOne, ""}}, {"k", {kTwo, ""}}, {"m", {kTwo, ""}}});
  const MetaRangeId destination = lake.build({{"a", {kOne, ""}}, {"k", {kThree, ""}}, {"m", {kTwo, ""}}});

  auto built = lake.trees().merge(lake.ns(), destination, source, base, MergeStrategy::none);

  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code, Code::conflict);
  EXPECT_NE(built.error().message.find("'k'"), std::string::npos);
}

TEST(Merge, IntoAnUnchangedDestinationIsTheSourceAndWritesNothing) {
  TestLake lake;
  const MetaRangeId base = lake.build({{"a", {kOne, ""}}});
  const MetaRangeId source = lake.build({{"a", {kTwo, ""}}});

  auto built = lake.trees().merge(lake.ns(), base, source, base, MergeStrategy::none);

  ASSERT_TRUE(built);
  EXPECT_EQ(built->id, source);
  EXPECT_TRUE(built->changes.any());
}

TEST(Merge, OfUnreadableTreesIsAnError) {
  TestLake lake;
  const MetaRangeId one = lake.build({{"a", {kOne, ""}}});
  const MetaRangeId two = lake.build({{"a", {kTwo, ""}}});
  const MetaRangeId missing(std::string(64, 'd'));

  EXPECT_EQ(lake.trees().merge(lake.ns(), one, two, missing, MergeStrategy::none).error().code, Code::gone);
  EXPECT_EQ(lake.trees().merge(lake.ns(), one, missing, two, MergeStrategy::none).error().code, Code::gone);
  EXPECT_EQ(lake.trees().merge(lake.ns(), missing, one, two, MergeStrategy::none).error().code, Code::gone);
}

}  // namespace
}  // namespace mere::tree
