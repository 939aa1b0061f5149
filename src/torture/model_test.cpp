#include "torture/model.h"

#include <gtest/gtest.h>

namespace mere::torture {
namespace {

Operation put(const std::string& path, std::uint64_t content) {
  Operation operation;
  operation.kind = Kind::put;
  operation.branch = "b";
  operation.path = path;
  operation.object = object_of(content, 10, "");
  return operation;
}

Operation of(Kind kind, const std::string& text = "") {
  Operation operation;
  operation.kind = kind;
  operation.branch = "b";
  operation.text = text;
  return operation;
}

Operation on_path(Kind kind, const std::string& path) {
  Operation operation = of(kind);
  operation.path = path;
  return operation;
}

Operation with_commit(Kind kind, std::size_t commit) {
  Operation operation = of(kind, "m");
  operation.commit = commit;
  return operation;
}

class ModelTest : public testing::Test {
 protected:
  ModelTest() : model("first") {
    Operation create = with_commit(Kind::create_branch, 0);
    EXPECT_EQ(model.apply(create), std::nullopt);
  }
  void apply(const Operation& operation) {
    ASSERT_EQ(model.apply(operation), std::nullopt) << describe(operation);
  }
  Tree tree() const { return model.tree_of(model.branches.at("b")); }
  std::uint64_t content(const std::string& path) const {
    const Tree now = tree();
    const auto found = now.find(path);
    return found == now.end() ? 0 : found->second.content;
  }
  Model model;
};

TEST_F(ModelTest, ACommitHasWhatWasUncommitted) {
  apply(put("a", 1));
  apply(of(Kind::commit, "m"));

  ASSERT_EQ(model.made(), 1u);
  EXPECT_EQ(model.commits[1].tree->at("a").content, 1u);
  EXPECT_EQ(model.commits[1].parents, std::vector<std::size_t>{0});
  EXPECT_TRUE(model.branches.at("b").staged.empty());
  EXPECT_EQ(model.apply(of(Kind::commit, "m")), Code::invalid_argument) << "nothing is left to commit";
}

TEST_F(ModelTest, WhatHasNoEffectIsNoChange) {
  apply(put("a", 1));
  apply(on_path(Kind::remove, "a"));
  apply(on_path(Kind::remove, "never"));

  EXPECT_EQ(model.apply(of(Kind::commit, "m")), Code::invalid_argument);
}

TEST_F(ModelTest, ResetTakesBackDeletionsToo) {
  apply(put("d/a", 1));
  apply(put("e/a", 2));
  apply(of(Kind::commit, "m"));
  Operation both = of(Kind::remove_many);
  both.paths = {"d/a", "e/a"};
  apply(both);
  ASSERT_TRUE(tree().empty());

  apply(on_path(Kind::reset_prefix, "d/"));

  EXPECT_EQ(content("d/a"), 1u);
  EXPECT_EQ(content("e/a"), 0u);
}

TEST_F(ModelTest, AMovedBranchKeepsItsUncommittedChangesOnTop) {
  apply(put("a", 1));
  apply(of(Kind::commit, "m"));
  apply(put("b", 2));
  apply(on_path(Kind::remove, "a"));

  apply(with_commit(Kind::move_branch, 0));

  EXPECT_EQ(content("b"), 2u);
  EXPECT_EQ(model.branches.at("b").staged.count("a"), 0u) << "there is nothing to delete there";
}

TEST_F(ModelTest, ARevertRestoresAndAnotherChangeOfThePathConflicts) {
  apply(put("a", 1));
  apply(of(Kind::commit, "m"));
  apply(put("a", 2));
  apply(of(Kind::commit, "m"));

  apply(with_commit(Kind::revert, 2));
  EXPECT_EQ(content("a"), 1u);

  apply(put("a", 3));
  apply(of(Kind::commit, "m"));
  EXPECT_EQ(model.apply(with_commit(Kind::revert, 2)), Code::conflict);
}

TEST_F(ModelTest, AMergeTakesWhatTheOtherSideChanged) {
  apply(put("a", 1));
  apply(put("b", 2));
  apply(of(Kind::commit, "m"));
  Operation other = of(Kind::create_branch);
  other.branch = "c";
  other.source_branch = "b";
  apply(other);
  apply(put("a", 3));
  apply(of(Kind::commit, "m"));
  Operation change = put("b", 4);
  change.branch = "c";
  apply(change);
  Operation commit = of(Kind::commit, "m");
  commit.branch = "c";
  apply(commit);

  Operation merge = of(Kind::merge, "m");
  merge.source_branch = "c";
  apply(merge);

  EXPECT_EQ(content("a"), 3u);
  EXPECT_EQ(content("b"), 4u);
  EXPECT_EQ(model.commits.back().parents, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(model.apply(merge), Code::invalid_argument) << "nothing is left to merge";
}

TEST_F(ModelTest, AMergeIntoUncommittedChangesIsRefused) {
  Operation other = of(Kind::create_branch);
  other.branch = "c";
  other.source_branch = "b";
  apply(other);
  apply(put("a", 1));
  Operation merge = of(Kind::merge, "m");
  merge.source_branch = "c";

  EXPECT_EQ(model.apply(merge), Code::invalid_argument);
}

TEST(Merged, StrategiesDecideConflictsOnly) {
  const Tree base{{"a", object_of(1, 1, "")}, {"b", object_of(1, 1, "")}};
  const Tree source{{"a", object_of(2, 1, "")}};
  const Tree destination{{"a", object_of(3, 1, "")}, {"b", object_of(1, 1, "")}};

  EXPECT_EQ(merged(base, source, destination, ""), std::nullopt);
  EXPECT_EQ(merged(base, source, destination, "source-wins"), source);
  EXPECT_EQ(merged(base, source, destination, "dest-wins"), (Tree{{"a", object_of(3, 1, "")}}));
}

TEST_F(ModelTest, SeveralBestCommonAncestorsAreNotForAModelToChooseBetween) {
  model.commits.push_back({"1", "", {0}, model.commits[0].tree});
  model.commits.push_back({"2", "", {0}, model.commits[0].tree});
  model.commits.push_back({"3", "", {1, 2}, model.commits[0].tree});
  model.commits.push_back({"4", "", {2, 1}, model.commits[0].tree});

  EXPECT_EQ(model.merge_base(1, 2), 0u);
  EXPECT_EQ(model.merge_base(1, 3), 1u);
  EXPECT_EQ(model.merge_base(3, 4), std::nullopt);
}

}  // namespace
}  // namespace mere::torture
