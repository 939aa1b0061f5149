#include "tree/tree_cursor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tree/lake_for_test.h"
#include "tree/tree_writer.h"

namespace mere::tree {
namespace {

RC_GTEST_PROP(TreeCursor, ShowsWhatWasBuilt, ()) {
  const Model model = *any_model();
  TestLake lake;

  RC_ASSERT(lake.read(lake.build(model)) == model);
}

RC_GTEST_PROP(TreeCursor, SeeksForwardsAndBackLikeAMap, ()) {
  const Model model = *any_model();
  TestLake lake;
  auto cursor = lake.trees().scan(lake.ns(), lake.build(model));

  for (const std::string& key : *rc::gen::container<std::vector<std::string>>(any_key())) {
    cursor->seek(key);
    auto expected = model.lower_bound(key);
    for (int steps = *rc::gen::inRange(0, 4); steps >= 0; --steps) {
      RC_ASSERT(cursor->valid() == (expected != model.end()));
      if (!cursor->valid()) break;
      RC_ASSERT(cursor->record().key == expected->first);
      RC_ASSERT(cursor->record().identity == expected->second.first);
      cursor->next();
      ++expected;
    }
  }
  RC_ASSERT(cursor->status().has_value());
}

RC_GTEST_PROP(Find, AnswersLikeAMap, ()) {
  const Model model = *any_model();
  TestLake lake;
  const MetaRangeId tree = lake.build(model);

  for (const std::string& key : *rc::gen::container<std::vector<std::string>>(any_key())) {
    auto found = lake.trees().find(lake.ns(), tree, key);
    RC_ASSERT(found.has_value() == model.contains(key));
    if (found) RC_ASSERT(std::pair(std::string(found->identity), std::string(found->data)) == model.at(key));
    if (!found) RC_ASSERT(found.error().code == Code::not_found);
  }
}

RC_GTEST_PROP(Ranges, CoverTheTreeInOrderAndDoNotOverlap, ()) {
  const Model model = *any_model();
  TestLake lake;

  const auto ranges = lake.trees().ranges(lake.ns(), lake.build(model));

  RC_ASSERT(ranges.has_value());
  auto record = model.begin();
  for (const Range& range : *ranges) {
    RC_ASSERT(record->first == range.min_key);
    std::advance(record, range.count - 1);
    RC_ASSERT(record->first == range.max_key);
    ++record;
  }
  RC_ASSERT(record == model.end());
}

TEST(TreeCursor, TheTreeWithoutObjectsIsEmpty) {
  TestLake lake;

  auto cursor = lake.trees().scan(lake.ns(), MetaRangeId());
  EXPECT_FALSE(cursor->valid());
  EXPECT_TRUE(cursor->status());
  cursor->seek("a");
  EXPECT_FALSE(cursor->valid());
  EXPECT_EQ(lake.trees().find(lake.ns(), MetaRangeId(), "a").error().code, Code::not_found);
}

TEST(TreeCursor, AMissingTreeIsGone) {
  TestLake lake;
  const MetaRangeId missing(std::string(64, 'a'));

  auto cursor = lake.trees().scan(lake.ns(), missing);
  EXPECT_FALSE(cursor->valid());
  EXPECT_EQ(cursor->status().error().code, Code::gone);
  EXPECT_EQ(lake.trees().find(lake.ns(), missing, "a").error().code, Code::gone);
  EXPECT_EQ(lake.trees().find(lake.ns(), MetaRangeId("../escape"), "a").error().code, Code::gone);
  EXPECT_EQ(lake.trees().check_exists(lake.ns(), missing.str()).error().code, Code::gone);
}

// A metarange whose lines do not fit its ranges must not be believed: merges would write records twice.
TEST(TreeCursor, ARangeThatDoesNotBeginWhereItsMetarangeSaysIsCorrupt) {
  TestLake lake;
  const std::vector<Range> ranges =
      *lake.trees().ranges(lake.ns(), lake.build({{"b", {std::string(32, 'x'), ""}}}));
  TableStore tables(lake.store(), "_lakefs", 16, 1 << 20);
  TreeWriter writer(tables, lake.ns(), {}, nullptr);
  Range lie = ranges[0];
  lie.min_key = "a";
  const RangeView view{.id = lie.id.str(),
                       .min_key = lie.min_key,
                       .max_key = lie.max_key,
                       .estimated_size_bytes = 0,
                       .count = 1};
  ASSERT_TRUE(writer.copy(view, encode_range_value(lie)));
  auto tree = writer.finish();
  ASSERT_TRUE(tree);

  auto cursor = lake.trees().scan(lake.ns(), tree->id);

  EXPECT_FALSE(cursor->valid());
  EXPECT_EQ(cursor->status().error().code, Code::corrupt);
}

TEST(TreeCursor, AMissingRangeShowsWhereItIsReached) {
  TestLake lake(1000, 600);
  Model model;
  for (int i = 100; i < 200; ++i) model[std::to_string(i)] = {std::string(32, 'x'), "data"};
  const MetaRangeId tree = lake.build(model);
  const std::vector<Range> ranges = *lake.trees().ranges(lake.ns(), tree);
  ASSERT_GE(ranges.size(), 3u);
  ASSERT_TRUE(lake.store().remove(block::join(lake.ns(), lake.trees().location(ranges[1].id.str()))));

  const Trees trees = lake.reopened();
  auto cursor = trees.scan(lake.ns(), tree);
  std::int64_t seen = 0;
  for (; cursor->valid(); cursor->next()) ++seen;

  EXPECT_EQ(seen, ranges[0].count);
  EXPECT_EQ(cursor->status().error().code, Code::gone);
  cursor->seek(ranges[2].min_key);
  EXPECT_TRUE(cursor->valid());
}

}  // namespace
}  // namespace mere::tree
