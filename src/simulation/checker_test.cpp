// That the checker tells right from wrong: histories by hand.
#include "simulation/checker.h"

#include <gtest/gtest.h>

namespace mere::simulation {
namespace {

constexpr std::size_t kC = 5;  // path "c"

class Checker : public testing::Test {
 protected:
  Checker() {
    history_.ops.resize(1);
    history_.commits.resize(20);
    history_.commits[0] = CommitFact{};
  }

  OpId ask(Kind kind, std::uint8_t path = 0) {
    Op op;
    op.kind = kind;
    op.path = path;
    history_.ops.push_back(op);
    const auto id = static_cast<OpId>(history_.ops.size() - 1);
    history_.events.push_back({Event::Kind::invoked, id});
    return id;
  }
  Op& answer(OpId id, Answer answer = Answer::ok) {
    history_.ops[id].answer = answer;
    history_.events.push_back({Event::Kind::answered, id});
    return history_.ops[id];
  }
  OpId done(Kind kind, std::uint8_t path = 0) {
    const OpId id = ask(kind, path);
    answer(id);
    return id;
  }
  // After a crash: main as it is given, and no other branch.
  void find(OpId head, const Content& content) {
    history_.events.push_back({Event::Kind::died});
    BranchFacts facts;
    facts[0] = {true, head, content};
    history_.events.push_back({Event::Kind::found, 0, facts});
  }
  bool is_explained() const {
    const Verdict verdict = judge(history_);
    EXPECT_FALSE(verdict.is_undecided);
    return verdict.is_explained;
  }

  History history_;
};

TEST_F(Checker, AnAcknowledgedWriteIsThereAfterACrash) {
  const OpId put = done(Kind::put, kC);
  const History before = history_;

  find(0, {0, 0, 0, 0, 0, put});
  EXPECT_TRUE(is_explained());

  history_ = before;
  find(0, {});
  EXPECT_FALSE(is_explained()) << "it is lost";
}

TEST_F(Checker, AnUnansweredWriteHappenedOrNot) {
  const OpId put = ask(Kind::put, kC);
  const History before = history_;

  for (const OpId value : {put, OpId{0}}) {
    history_ = before;
    find(0, {0, 0, 0, 0, 0, value});
    EXPECT_TRUE(is_explained());
  }
}

TEST_F(Checker, AWriteHappensOnce) {
  const OpId slow = ask(Kind::put, kC);
  const OpId quick = done(Kind::put, kC);
  OpId read = ask(Kind::read, kC);
  answer(read).read = quick;  // so the slow one has not happened, or before the quick one
  read = ask(Kind::read, kC);
  answer(read).read = slow;
  const History before = history_;
  answer(slow);
  EXPECT_TRUE(is_explained());

  history_ = before;
  read = ask(Kind::read, kC);
  answer(read).read = quick;
  answer(slow);
  EXPECT_FALSE(is_explained()) << "the slow one was there, and was not any more";
}

TEST_F(Checker, AReadSeesWhatWasAcknowledgedBeforeIt) {
  const OpId old = done(Kind::put, kC);
  done(Kind::put, kC);

  answer(ask(Kind::read, kC)).read = old;

  EXPECT_FALSE(is_explained());
}

TEST_F(Checker, ACommitHoldsWhatWasThereAndAllOfIt) {
  const OpId one = done(Kind::put, 0);
  const OpId two = done(Kind::put, 1);
  const OpId commit = done(Kind::commit);
  history_.commits[commit] = CommitFact{{one, two}, {0}};
  const History before = history_;
  find(commit, {one, two});
  EXPECT_TRUE(is_explained());

  history_ = before;
  history_.commits[commit] = CommitFact{{one}, {0}};
  find(commit, {one, two});
  EXPECT_FALSE(is_explained()) << "a half";
}

TEST_F(Checker, AnAcknowledgedCommitIsOnRecord) {
  const OpId put = done(Kind::put, 0);
  done(Kind::commit);
  find(0, {put});

  EXPECT_FALSE(is_explained());
}

TEST_F(Checker, AResetIsWholeEvenWhereItGotNoAnswer) {
  const OpId one = done(Kind::put, 0);
  const OpId two = done(Kind::put, 1);
  ask(Kind::reset);
  const History before = history_;

  for (const auto& [content, is_right] : {std::pair{Content{one, two}, true},
                                          {Content{}, true},
                                          {Content{one}, false},
                                          {Content{0, two}, false}}) {
    history_ = before;
    find(0, content);
    EXPECT_EQ(is_explained(), is_right);
  }
}

TEST_F(Checker, AnswersMustBeRight) {
  done(Kind::put, 0);
  answer(ask(Kind::read, 0), Answer::not_found);

  EXPECT_FALSE(is_explained());
}

}  // namespace
}  // namespace mere::simulation
