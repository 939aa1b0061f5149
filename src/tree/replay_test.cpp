// The history of the recorded repositories, made again: every operation must end in the reference's ids.
#include <gtest/gtest.h>

#include "tree/cursors_for_test.h"
#include "tree/fixture_for_test.h"
#include "tree/table.h"

namespace mere::tree {
namespace {

using fixture::Commit;
using fixture::Fixture;

class Replay : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Recorded, Replay, testing::Values("lakefs-repo", "lakefs-split"),
                         [](const auto& test) {
                           return std::string(test.param).ends_with("repo") ? "GoldenRepository"
                                                                            : "SplitRepository";
                         });

TEST_P(Replay, TheChangesOfEveryCommitAppliedToItsParentGiveItsTree) {
  Fixture fixture(GetParam());
  Trees trees = fixture.trees();
  int replayed = 0;

  for (const Commit& commit : fixture.commits()) {
    // A revert may take ranges of an older tree over, which its changes do not tell.
    if (commit.parents.size() != 1 || commit.message.starts_with("Revert")) continue;
    SCOPED_TRACE(commit.message);
    const MetaRangeId& parent = fixture.tree_of(commit.parents[0]);
    ChangesOfDiff changes(trees.diff(fixture.ns(), parent, commit.tree));

    auto built = trees.apply(fixture.ns(), parent, changes);

    ASSERT_TRUE(built) << built.error().message;
    EXPECT_EQ(built->id, commit.tree);
    EXPECT_EQ(built->changes.any(), parent != commit.tree);
    ++replayed;
  }
  EXPECT_EQ(replayed, std::string_view(GetParam()) == "lakefs-repo" ? 12 : 3);
}

TEST_P(Replay, WorkersDoNotChangeIds) {
  Fixture fixture(GetParam());
  auto workers = make_thread_pool(2, 4);
  Trees trees = fixture.trees(workers.get());

  for (const Commit& commit : fixture.commits()) {
    if (commit.parents.size() != 1 || commit.message.starts_with("Revert")) continue;
    const MetaRangeId& parent = fixture.tree_of(commit.parents[0]);
    ChangesOfDiff changes(trees.diff(fixture.ns(), parent, commit.tree));

    auto built = trees.apply(fixture.ns(), parent, changes);

    ASSERT_TRUE(built) << built.error().message;
    EXPECT_EQ(built->id, commit.tree);
  }
}

struct Merge {
  const char* what;
  const char* result;
  const char* destination;
  const char* source;
  const char* base;
  MergeStrategy strategy = MergeStrategy::none;
};

// Commits by the first digits of their ids; which commits a merge, revert or cherry-pick stands on is
// in the graph of expected.json.
constexpr Merge kMerges[] = {
    {"merge of dev into main", "41518e2a", "83e8969e", "8b91baed", "8cdc4ab5"},
    {"merge of feature, source-wins", "6fe20af5", "62a09404", "bae4335d", "8cdc4ab5",
     MergeStrategy::source_wins},
    {"squash", "9c683b77", "6fe20af5", "73039cfa", "41518e2a"},
    {"cherry-pick", "d3e4c4c0", "41518e2a", "16b227c0", "8cdc4ab5"},
    {"revert of a commit", "086cf448", "d3e4c4c0", "8cdc4ab5", "83e8969e"},
    {"revert of a merge", "d0dfaae3", "06401586", "83e8969e", "41518e2a"},
};

TEST(ReplayOfMerges, EveryMergeSquashRevertAndCherryPickGivesTheReferencesTree) {
  Fixture fixture("lakefs-repo");
  Trees trees = fixture.trees();

  for (const Merge& merge : kMerges) {
    SCOPED_TRACE(merge.what);

    auto built = trees.merge(fixture.ns(), fixture.tree_of(merge.destination), fixture.tree_of(merge.source),
                             fixture.tree_of(merge.base), merge.strategy);

    ASSERT_TRUE(built) << built.error().message;
    EXPECT_EQ(built->id, fixture.tree_of(merge.result));
    EXPECT_TRUE(built->changes.any());
  }
}

TEST(ReplayOfMerges, AMergeThatNeededAStrategyIsAConflictWithoutOne) {
  Fixture fixture("lakefs-repo");
  Trees trees = fixture.trees();

  auto built = trees.merge(fixture.ns(), fixture.tree_of("62a09404"), fixture.tree_of("bae4335d"),
                           fixture.tree_of("8cdc4ab5"), MergeStrategy::none);

  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code, Code::conflict);
  EXPECT_NE(built.error().message.find("conflict found"), std::string::npos);
}

TEST(ReplayOfMerges, ARevertOfTheTipIsItsParentsTree) {
  Fixture fixture("lakefs-repo");
  Trees trees = fixture.trees();
  const MetaRangeId& tip = fixture.tree_of("83e8969e");

  auto built = trees.merge(fixture.ns(), tip, fixture.tree_of("8cdc4ab5"), tip, MergeStrategy::none);

  ASSERT_TRUE(built);
  EXPECT_EQ(built->id, fixture.tree_of("8cdc4ab5"));
}

struct Import {
  const char* fixture;
  const char* result;
  const char* parent;
  const char* prefix;
  std::vector<std::string> objects = {};
};

TEST(ReplayOfImports, AnImportReplacesItsPrefixAndGivesTheReferencesTree) {
  const Import imports[] = {Import{"lakefs-repo", "fcd663de", "636cb9f3", "collections/"},
                            Import{"lakefs-repo", "8b91baed", "225ae3bb", "more/", {"single/object.bin"}},
                            Import{"lakefs-split", "65ed5aca", "26c248d3", "split/"}};
  for (const Import& import : imports) {
    SCOPED_TRACE(import.result);
    Fixture fixture(import.fixture);
    Trees trees = fixture.trees();
    Model model;
    PrefixCursor listed(trees.scan(fixture.ns(), fixture.tree_of(import.result)), import.prefix);
    for (; listed.valid(); listed.next())
      model[std::string(listed.record().key)] = {std::string(listed.record().identity),
                                                 std::string(listed.record().data)};
    for (const std::string& object : import.objects) {
      const auto found = *trees.find(fixture.ns(), fixture.tree_of(import.result), object);
      model[object] = {std::string(found.identity), std::string(found.data)};
    }
    ModelCursor records(model);
    auto imported = trees.build(fixture.ns(), records);
    ASSERT_TRUE(imported);
    const std::vector<std::string> prefixes = {import.prefix};

    auto built =
        trees.replace(fixture.ns(), fixture.tree_of(import.parent), prefixes, import.objects, imported->id);

    ASSERT_TRUE(built) << built.error().message;
    EXPECT_EQ(built->id, fixture.tree_of(import.result));
    EXPECT_EQ(built->changes.added, imported->count);
  }
}

TEST(ReplayOfImports, TheRecordsOfACommitBuiltAnewAreTheSameRecords) {
  Fixture fixture("lakefs-repo");
  Trees trees = fixture.trees();
  const MetaRangeId& tree = fixture.commits().back().tree;
  auto records = trees.scan(fixture.ns(), tree);

  auto built = trees.build(fixture.empty_ns(), *records);

  ASSERT_TRUE(built);
  auto original = trees.scan(fixture.ns(), tree);
  auto copy = trees.scan(fixture.empty_ns(), built->id);
  for (; original->valid() && copy->valid(); original->next(), copy->next()) {
    ASSERT_EQ(original->record().key, copy->record().key);
    ASSERT_EQ(original->record().data, copy->record().data);
  }
  EXPECT_FALSE(original->valid() || copy->valid());
}

TEST(ReplayOfDumps, ARefsDumpBuiltAnewHasItsId) {
  for (const char* name : {"lakefs-repo", "lakefs-split"}) {
    Fixture fixture(name);
    Trees trees = fixture.trees();
    for (const std::string& id : fixture.table_ids()) {
      auto table =
          Table::open(*fixture.store().open(block::join(fixture.ns(), "_lakefs/" + id)), id, {}, nullptr);
      auto properties = *(*table)->read_properties();
      if (!properties.contains("entity") || properties["type"] != "metaranges") continue;
      TableProperties hashed;
      for (const char* key : {"entity", "schema_name", "schema_definition"}) hashed[key] = properties[key];
      auto records = trees.scan(fixture.ns(), MetaRangeId(id));

      auto built = trees.build(fixture.ns(), *records, hashed);

      ASSERT_TRUE(built);
      EXPECT_EQ(built->id.str(), id) << properties["entity"];
    }
  }
}

}  // namespace
}  // namespace mere::tree
