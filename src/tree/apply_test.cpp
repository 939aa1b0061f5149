#include "tree/apply.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>

#include "tree/lake_for_test.h"
#include "tree/record_value.h"
#include "tree/table_writer.h"

namespace mere::tree {
namespace {

// What `to` differs from `from` in, as changes; and deletions of what is not there.
Model changes_between(const Model& from, const Model& to, const std::vector<std::string>& deleted_anyway) {
  Model changes;
  for (const std::string& key : deleted_anyway) {
    if (!to.contains(key)) changes[key] = {};
  }
  for (const auto& [key, value] : from) {
    if (!to.contains(key)) changes[key] = {};
  }
  for (const auto& [key, value] : to) {
    if (auto before = from.find(key); before == from.end() || before->second != value) changes[key] = value;
  }
  return changes;
}

RC_GTEST_PROP(Apply, ChangesAppliedToTheirBaseGiveTheirTarget, ()) {
  const Model base = *any_model();
  const Model target = *any_edit_of(base);
  const Model changes =
      changes_between(base, target, *rc::gen::container<std::vector<std::string>>(any_key()));
  TestLake lake;
  ModelCursor cursor(changes);

  auto built = lake.trees().apply(lake.ns(), lake.build(base), cursor);

  RC_ASSERT(built.has_value());
  // A change that leaves the identity as it was is none: the record of the base stays.
  Model expected = target;
  ChangeCounts counts;
  for (auto& [key, value] : expected) {
    const std::string before = identity_in(base, key);
    if (before == value.first) value = base.at(key);
    counts.added += before.empty() ? 1 : 0;
    counts.changed += !before.empty() && before != value.first ? 1 : 0;
  }
  for (const auto& [key, value] : base) counts.removed += target.contains(key) ? 0 : 1;
  RC_ASSERT(lake.read(built->id) == expected);
  RC_ASSERT(built->changes.added == counts.added);
  RC_ASSERT(built->changes.removed == counts.removed);
  RC_ASSERT(built->changes.changed == counts.changed);
  RC_ASSERT(built->count == static_cast<std::int64_t>(expected.size()));
}

RC_GTEST_PROP(Apply, WithoutAnEffectAnswersTheBase, ()) {
  Model base = *any_model();
  base["always"] = {std::string(32, 'x'), "data"};
  TestLake lake;
  const MetaRangeId tree = lake.build(base);
  Model changes;
  for (const std::string& key : *rc::gen::container<std::vector<std::string>>(any_key())) {
    changes[key] = base.contains(key) ? std::pair(base[key].first, std::string("elsewhere"))
                                      : std::pair<std::string, std::string>();
  }
  ModelCursor cursor(changes);

  auto built = lake.trees().apply(lake.ns(), tree, cursor);

  RC_ASSERT(built.has_value());
  RC_ASSERT(built->id == tree);
  RC_ASSERT(!built->changes.any());
}

TEST(Apply, CopiesRangesThatNoChangeFallsInto) {
  TestLake lake(1000, 600);
  Model base;
  for (int i = 100; i < 200; ++i) base[std::to_string(i)] = {std::string(32, 'x'), "data"};
  const MetaRangeId before = lake.build(base);
  const Model changes = {{"150", {std::string(32, 'y'), "data"}}};
  ModelCursor cursor(changes);

  const Built built = *lake.trees().apply(lake.ns(), before, cursor);

  const std::vector<Range> old_ranges = *lake.trees().ranges(lake.ns(), before);
  const std::vector<Range> new_ranges = *lake.trees().ranges(lake.ns(), built.id);
  ASSERT_EQ(old_ranges.size(), new_ranges.size());
  int rewritten = 0;
  for (std::size_t i = 0; i < old_ranges.size(); ++i) rewritten += old_ranges[i] == new_ranges[i] ? 0 : 1;
  EXPECT_EQ(rewritten, 1);
}

// Records of many sizes, in blocks that compress and blocks that do not.
std::pair<std::string, std::string> any_record(std::mt19937& random) {
  std::string identity(32, 0);
  for (char& c : identity) c = static_cast<char>(random());
  std::string data(random() % 8 == 0 ? random() % 3000 : 60 + random() % 3, 'd');
  if (random() % 2 == 0) {
    for (char& c : data) c = static_cast<char>(random());
  }
  return {identity, data};
}

std::string file_of(TestLake& lake, std::string_view id) {
  const auto file =
      block::read_all(lake.store(), block::join(lake.ns(), lake.trees().location(id)), 64 << 20);
  EXPECT_TRUE(file);
  return file ? *file : std::string();
}

// Blocks that no change falls into are taken over as they are stored: that must not show.
TEST(Apply, WritesTheFilesThatRecordsAddedOneByOneMake) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    Model base;
    for (std::uint32_t i = 0, n = random() % 1500; i < n; ++i)
      base["key/" + std::to_string(random() % 100'000)] = any_record(random);
    Model target = base;
    for (std::uint32_t i = 0, n = random() % 12; i < n; ++i) {
      const auto at = target.lower_bound("key/" + std::to_string(random() % 100'000));
      const std::uint32_t kind = random() % 4;
      if (kind == 0 || at == target.end()) {
        target["key/" + std::to_string(random() % 100'000)] = any_record(random);
      } else if (kind == 1) {
        target.erase(at);
      } else if (kind == 2) {
        at->second = any_record(random);
      } else {
        at->second.first[0] ^= 1;  // the sizes stay
      }
    }
    const std::uint64_t raggedness = random() % 2 == 0 ? 400 : 50'000;
    const std::uint64_t max_bytes = random() % 2 == 0 ? 60'000 : 20 << 20;
    TestLake lake(raggedness, max_bytes);
    const MetaRangeId before = lake.build(base);
    const Model changes = changes_between(base, target, {});
    ModelCursor cursor(changes);

    const auto built = lake.trees().apply(lake.ns(), before, cursor);

    ASSERT_TRUE(built);
    ASSERT_EQ(lake.read(built->id), target);
    auto record = target.begin();
    const auto ranges = lake.trees().ranges(lake.ns(), built->id);
    for (const Range& range : *ranges) {
      TableWriter writer({{std::string(kTypeProperty), std::string(kRangesType)}});
      for (std::int64_t i = 0; i < range.count; ++i, ++record) {
        std::string value;
        append_value(value, record->second.first, record->second.second);
        ASSERT_TRUE(writer.add(record->first, value));
      }
      ASSERT_EQ(file_of(lake, range.id.str()), writer.finish().file);
    }
  }
}

TEST(Apply, DeletingEverythingLeavesTheEmptyTreeAsAFile) {
  TestLake lake;
  const Model base = {{"a", {std::string(32, 'x'), ""}}, {"b", {std::string(32, 'x'), ""}}};
  const Model changes = {{"a", {}}, {"b", {}}};
  ModelCursor cursor(changes);

  const Built built = *lake.trees().apply(lake.ns(), lake.build(base), cursor);

  EXPECT_EQ(built.id.str(), "00fb7eff1a97c500eb3ca8d2ef5464131d6b6a5f9512e41eba97843522213b66");
  EXPECT_TRUE(lake.trees().check_exists(lake.ns(), built.id.str()));
  EXPECT_TRUE(lake.read(built.id).empty());
  EXPECT_EQ(built.changes.removed, 2);
}

TEST(Apply, ChangesThatDoNotAscendAreRefused) {
  class Backwards final : public Cursor {
   public:
    bool valid() const override { return left_ > 0; }
    const Record& record() const override { return left_ == 2 ? second_ : first_; }
    void next() override { --left_; }
    void seek(std::string_view) override {}
    Status status() const override { return {}; }

   private:
    int left_ = 2;
    Record first_{"a", "identity", ""};
    Record second_{"b", "identity", ""};
  } changes;
  TestLake lake;

  EXPECT_EQ(lake.trees().apply(lake.ns(), MetaRangeId(), changes).error().code, Code::corrupt);
}

}  // namespace
}  // namespace mere::tree
