// The oracle finds what it is there for: each test plants one fault in what a lake shows.
#include "torture/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mere::torture {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SeenObject seen(const ObjectState& object) {
  return {object.size_bytes, object.checksum, object.note};
}

// A lake that shows exactly what the model has.
Snapshot shown_by(const Model& model) {
  Snapshot snapshot;
  for (const auto& [name, branch] : model.branches) {
    Snapshot::Branch& there = snapshot.branches[name];
    const CommitState& head = model.commits[branch.head];
    there.head = {head.id, head.message, {}};
    for (const std::size_t parent : head.parents) there.head.parents.push_back(model.commits[parent].id);
    for (const auto& [path, object] : *head.tree) there.committed[path] = seen(object);
    for (const auto& [path, object] : model.tree_of(branch)) there.objects[path] = seen(object);
    for (const auto& [path, object] : branch.staged) {
      there.uncommitted[path] = !object ? "removed" : head.tree->contains(path) ? "changed" : "added";
    }
  }
  for (const auto& [name, commit] : model.tags) snapshot.tags[name] = model.commits[commit].id;
  snapshot.settings = model.settings;
  return snapshot;
}

class Oracle : public testing::Test {
 protected:
  Oracle() : model("first") {
    do_it(Kind::create_branch, [](Operation& o) { o.commit = 0; });
    for (const char* path : {"a", "b", "c"}) put(path, ++contents);
    do_it(Kind::commit, [](Operation& o) { o.text = "one"; });
    model.commits[1].id = "second";
    put("a", ++contents);
    put("d", ++contents);
    do_it(Kind::remove, [](Operation& o) { o.path = "b"; });
    do_it(Kind::create_tag, [](Operation& o) { o.name = "t", o.commit = 1; });
    do_it(Kind::set_setting, [](Operation& o) { o.name = "s", o.text = "v"; });
    snapshot = shown_by(model);
  }
  template <class F>
  void do_it(Kind kind, const F& with) {
    Operation operation;
    operation.kind = kind;
    operation.branch = "main";
    with(operation);
    ASSERT_EQ(model.apply(operation), std::nullopt);
  }
  void put(const std::string& path, std::uint64_t content) {
    do_it(Kind::put, [&](Operation& o) { o.path = path, o.object = object_of(content, 5, ""); });
  }
  std::vector<std::string> found() { return differences(model, snapshot); }
  Snapshot::Branch& main() { return snapshot.branches.at("main"); }

  std::uint64_t contents = 0;
  Model model;
  Snapshot snapshot;
};

TEST_F(Oracle, FindsNothingInWhatIsAsItMustBe) {
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Oracle, FindsALostWrite) {
  main().objects.erase("d");
  main().uncommitted.erase("d");
  EXPECT_THAT(found(), Contains("branch main: object d is gone"));
}

TEST_F(Oracle, FindsAWriteThatWentBackToWhatWasThereBefore) {
  main().objects["a"] = main().committed["a"];
  main().uncommitted.erase("a");
  EXPECT_THAT(found(), Contains(HasSubstr("branch main: object a has")));
}

TEST_F(Oracle, FindsAResurrectedObject) {
  main().objects["b"] = main().committed["b"];
  main().uncommitted.erase("b");
  EXPECT_THAT(found(), Contains("branch main: object b is there and should not be"));
}

TEST_F(Oracle, FindsALostCommit) {
  main().head = {"first", "", {}};
  main().committed.clear();
  EXPECT_THAT(found(), Contains(HasSubstr("branch main is at commit first")));
}

TEST_F(Oracle, FindsACommitWithoutPartOfItsChanges) {
  main().committed.erase("c");
  EXPECT_THAT(found(), ElementsAre("head of main: object c is gone"));
}

TEST_F(Oracle, FindsLostBranchesTagsAndSettings) {
  snapshot.branches.clear();
  snapshot.tags["t"] = "first";
  snapshot.settings["s"] = "old";
  EXPECT_THAT(found(), ElementsAre("branch main is gone", "tag t is at first, and not at second",
                                   "setting s is old, and not v"));
}

TEST_F(Oracle, FindsWhatWasRemovedAndIsBack) {
  snapshot.branches["removed"];
  snapshot.tags["removed"] = "first";
  EXPECT_THAT(found(), ElementsAre("branch removed is there and should not be",
                                   "tag removed is there and should not be"));
}

TEST_F(Oracle, FindsABulkDeletionThatHappenedByHalf) {
  Operation both;
  both.kind = Kind::remove_many;
  both.branch = "main";
  both.paths = {"a", "c"};
  Model after = model;
  ASSERT_EQ(after.apply(both), std::nullopt);
  main().objects.erase("a");
  main().uncommitted["a"] = "removed";

  EXPECT_THAT(differences(model, snapshot), Contains("branch main: object a is gone"));
  EXPECT_THAT(differences(after, snapshot), Contains("branch main: object c is there and should not be"));
}

TEST_F(Oracle, LearnsTheIdOfACommitWhoseAnswerWasLost) {
  do_it(Kind::commit, [](Operation& o) { o.text = "two"; });
  snapshot = shown_by(model);
  main().head.id = "third";

  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(model.commits.back().id, "third");
}

TEST_F(Oracle, DoesNotTakeAnotherCommitForTheOneThatWasLost) {
  do_it(Kind::commit, [](Operation& o) { o.text = "two"; });
  snapshot = shown_by(model);
  main().head = {"third", "two", {"first"}};
  EXPECT_THAT(found(), ElementsAre("commit third (two) has other parents"));

  main().head = {"third", "another", {"second"}};
  EXPECT_THAT(found(), Contains(HasSubstr("and not at one that says two")));
}

}  // namespace
}  // namespace mere::torture
