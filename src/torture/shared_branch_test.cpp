#include "torture/shared_branch.h"

#include <gtest/gtest.h>

namespace mere::torture {
namespace {

using Kind = SharedAction::Kind;

// Histories in the words of clients: each line is called and returns at given times.
class SharedBranchTest : public testing::Test {
 protected:
  SharedEvent& add(Kind kind, std::uint64_t called, std::uint64_t returned) {
    SharedEvent event{{}, called, returned};
    event.action.kind = kind;
    event.action.is_open = returned == kNever;
    events.push_back(event);
    return events.back();
  }
  void put(std::int64_t value, std::uint64_t called, std::uint64_t returned, std::size_t key = 0) {
    SharedEvent& event = add(Kind::put, called, returned);
    event.action.key = key;
    event.action.value = value;
  }
  void remove(std::uint64_t called, std::uint64_t returned) { add(Kind::remove, called, returned); }
  void get(std::int64_t value, std::uint64_t called, std::uint64_t returned) {
    add(Kind::get, called, returned).action.value = value;
  }
  void read_head(std::int64_t commit, std::uint64_t called, std::uint64_t returned) {
    add(Kind::read_head, called, returned).action.commit = commit;
  }
  void two(Kind first, Kind second, std::int64_t number, std::int64_t parent, std::uint64_t called,
           std::uint64_t returned, SharedTree tree = {}, SharedTree base = {}) {
    for (const Kind kind : {first, second}) {
      SharedAction& action = add(kind, called, returned).action;
      action.operation = action.commit = number;
      action.parent = parent;
      action.tree = tree;
      action.base = base;
    }
  }
  void commit(std::int64_t number, std::int64_t parent, std::uint64_t called, std::uint64_t returned) {
    two(Kind::seal, Kind::land, number, parent, called, returned);
  }
  void merge(std::int64_t number, std::int64_t parent, SharedTree tree, std::uint64_t called,
             std::uint64_t returned) {
    two(Kind::seal_clean, Kind::land_merge, number, parent, called, returned, tree);
  }
  void at_the_end(std::int64_t head, SharedTree tree, SharedTree visible) {
    SharedAction& action = add(Kind::read_all, 1000, 1001).action;
    action.commit = head;
    action.tree = tree;
    action.visible = visible;
  }
  bool is_possible() const { return check_linearizable(SharedBranch(), {}, events) == Verdict::linearizable; }
  std::vector<SharedEvent> events;
};

TEST_F(SharedBranchTest, ACommitTakesWhatWasWrittenBefore) {
  put(5, 1, 2);
  commit(7, 0, 3, 4);
  read_head(7, 5, 6);
  at_the_end(7, {5}, {5});
  EXPECT_TRUE(is_possible());
}

TEST_F(SharedBranchTest, AWriteThatACommitLostIsFound) {
  put(5, 1, 2);
  put(6, 1, 2, 1);
  commit(7, 0, 3, 4);
  at_the_end(7, {5, 0}, {5, 6});
  EXPECT_FALSE(is_possible()) << "it should be in the commit";
}

TEST_F(SharedBranchTest, AWriteDuringACommitMayStayUncommitted) {
  put(5, 1, 2);
  commit(7, 0, 3, 10);
  put(6, 4, 5);
  read_head(0, 6, 7);
  at_the_end(7, {5}, {6});
  EXPECT_TRUE(is_possible());
}

TEST_F(SharedBranchTest, AnAcknowledgedWriteThatIsGoneIsFound) {
  put(5, 1, 2);
  at_the_end(0, {}, {});
  EXPECT_FALSE(is_possible());
}

TEST_F(SharedBranchTest, AResurrectedObjectIsFound) {
  put(5, 1, 2);
  remove(3, 4);
  get(5, 5, 6);
  EXPECT_FALSE(is_possible());
}

TEST_F(SharedBranchTest, ALostCommitIsFound) {
  put(5, 1, 2);
  commit(7, 0, 3, 4);
  at_the_end(0, {}, {5});
  EXPECT_FALSE(is_possible());
}

TEST_F(SharedBranchTest, TwoCommitsOnTheSameParentAreFound) {
  put(5, 1, 2);
  put(6, 1, 2, 1);
  commit(7, 0, 3, 10);
  commit(8, 0, 3, 10);
  EXPECT_FALSE(is_possible());
}

TEST_F(SharedBranchTest, CommitsThatWaitTogetherShareTheChanges) {
  put(5, 1, 2);
  commit(7, 0, 3, 10);
  commit(8, 7, 3, 10);
  at_the_end(8, {5}, {5});
  EXPECT_TRUE(is_possible());
}

TEST_F(SharedBranchTest, ACommitWithoutChangesMustBeRefused) {
  commit(7, 0, 3, 4);
  EXPECT_FALSE(is_possible());
}

TEST_F(SharedBranchTest, ACommitThatWasKilledHappenedOrNot) {
  put(5, 1, 2);
  commit(7, 0, 3, kNever);
  const std::vector<SharedEvent> begun = events;

  at_the_end(0, {}, {5});
  EXPECT_TRUE(is_possible());

  events = begun;
  at_the_end(7, {5}, {5});
  EXPECT_TRUE(is_possible());

  events = begun;
  at_the_end(7, {5}, {});
  EXPECT_FALSE(is_possible());
}

TEST_F(SharedBranchTest, AMergeWantsNothingUncommitted) {
  put(5, 1, 2);
  merge(7, 0, {0, 9}, 3, 4);
  EXPECT_FALSE(is_possible());
}

TEST_F(SharedBranchTest, AMergeKeepsWhatTheBranchHad) {
  put(5, 1, 2);
  commit(6, 0, 3, 4);
  merge(7, 6, {0, 9}, 5, 6);
  const std::vector<SharedEvent> begun = events;

  at_the_end(7, {5, 9}, {5, 9});
  EXPECT_TRUE(is_possible());

  events = begun;
  at_the_end(7, {0, 9}, {0, 9});
  EXPECT_FALSE(is_possible()) << "the commit's change is lost";
}

TEST_F(SharedBranchTest, AResetTakesBackWhatWasWrittenBeforeAndNotAfter) {
  put(5, 1, 2);
  add(Kind::reset, 3, 4);
  put(6, 5, 6, 1);
  at_the_end(0, {}, {0, 6});
  EXPECT_TRUE(is_possible());

  events.back().action.visible = {5, 6};
  EXPECT_FALSE(is_possible());
}

TEST_F(SharedBranchTest, AMovedBranchKeepsWhatIsUncommitted) {
  put(5, 1, 2);
  commit(6, 0, 3, 4);
  put(8, 5, 6, 1);
  two(Kind::seal_move, Kind::land_move, 9, 0, 7, 8);
  for (SharedEvent& event : events) {
    if (event.action.operation == 9) event.action.commit = 0;
  }
  at_the_end(0, {}, {0, 8});
  EXPECT_TRUE(is_possible());
}

}  // namespace
}  // namespace mere::torture
