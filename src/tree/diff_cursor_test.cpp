#include "tree/diff_cursor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tree/lake_for_test.h"

namespace mere::tree {
namespace {

RC_GTEST_PROP(Diff, ShowsWhatTwoMapsDifferIn, ()) {
  const Model left = *any_model();
  const Model right = *rc::gen::oneOf(any_model(), any_edit_of(left));
  TestLake lake;

  auto diff = lake.trees().diff(lake.ns(), lake.build(left), lake.build(right));

  RC_ASSERT(read_differences(*diff) == differences_of(left, right));
}

RC_GTEST_PROP(Diff, SeeksLikeAMap, ()) {
  const Model left = *any_model();
  const Model right = *any_edit_of(left);
  TestLake lake;
  auto diff = lake.trees().diff(lake.ns(), lake.build(left), lake.build(right));
  const Differences expected = differences_of(left, right);

  for (const std::string& key : *rc::gen::container<std::vector<std::string>>(any_key())) {
    diff->seek(key);
    auto found = expected.lower_bound(key);
    RC_ASSERT(diff->valid() == (found != expected.end()));
    if (diff->valid()) RC_ASSERT(diff->difference().key == found->first);
  }
}

// Equal blocks are skipped unread only if nothing in them differs: blocks of many records, few edits.
RC_GTEST_PROP(Diff, FindsEveryEditInLargeRanges, ()) {
  Model left;
  for (int i = 0; i < 600; ++i)
    left["key/" + std::to_string(i)] = {std::string(32, 'x'), std::string(40, 'd')};
  Model right = left;
  for (const int i : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 700))) {
    const std::string key = "key/" + std::to_string(i);
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        right.erase(key);
        break;
      case 1:
        right[key] = {std::string(32, 'y'), std::string(40, 'd')};
        break;
      default:
        right[key] = {std::string(32, 'x'), std::string(40, 'e')};
        break;  // another address: no difference
    }
  }
  TestLake lake(1'000'000, 1u << 20);

  auto diff = lake.trees().diff(lake.ns(), lake.build(left), lake.build(right));

  RC_ASSERT(read_differences(*diff) == differences_of(left, right));
}

TEST(Diff, ReadsNoRangeThatBothHave) {
  TestLake lake(1000, 600);
  Model left;
  for (int i = 100; i < 200; ++i) left[std::to_string(i)] = {std::string(32, 'x'), "data"};
  const MetaRangeId before = lake.build(left);
  Model changes;
  changes["150"] = {std::string(32, 'y'), "data"};
  ModelCursor cursor(changes);
  const Built built = *lake.trees().apply(lake.ns(), before, cursor);
  const std::vector<Range> ranges = *lake.trees().ranges(lake.ns(), before);
  for (const Range& range : ranges) {
    if (range.min_key <= "150" && "150" <= range.max_key) continue;
    ASSERT_TRUE(lake.store().remove(block::join(lake.ns(), lake.trees().location(range.id.str()))));
  }

  auto diff = lake.trees().diff(lake.ns(), before, built.id);

  ASSERT_TRUE(diff->valid());
  EXPECT_EQ(diff->difference().key, "150");
  diff->next();
  EXPECT_FALSE(diff->valid());
  EXPECT_TRUE(diff->status());
}

TEST(Diff, ATreeThatCannotBeReadIsNoDifference) {
  TestLake lake;
  const MetaRangeId tree = lake.build({{"a", {std::string(32, 'x'), ""}}});

  auto diff = lake.trees().diff(lake.ns(), tree, MetaRangeId(std::string(64, 'b')));

  EXPECT_FALSE(diff->valid());
  EXPECT_EQ(diff->status().error().code, Code::gone);
}

}  // namespace
}  // namespace mere::tree
