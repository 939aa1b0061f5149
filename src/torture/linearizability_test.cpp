#include "torture/linearizability.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace mere::torture {
namespace {

// One register: writes, reads and compare-and-set.
struct Register {
  struct State {
    int value = 0;
    void append_to(std::string& key) const { key += std::to_string(value); }
  };
  struct Action {
    enum class Kind { write, read, swap } kind;
    int value;
    int expected = 0;
  };
  std::vector<State> step(const State& state, const Action& action) const {
    if (action.kind == Action::Kind::write) return {State{action.value}};
    if (action.kind == Action::Kind::read)
      return action.value == state.value ? std::vector{state} : std::vector<State>();
    return state.value == action.expected ? std::vector{State{action.value}} : std::vector<State>();
  }
};

using Events = std::vector<Event<Register::Action>>;
using Kind = Register::Action::Kind;

Verdict check(Events events) {
  return check_linearizable(Register(), {}, std::move(events));
}

TEST(Linearizability, AnEmptyHistoryIs) {
  EXPECT_EQ(check({}), Verdict::linearizable);
}

TEST(Linearizability, AReadSeesTheLastWriteThatReturned) {
  EXPECT_EQ(check({{{Kind::write, 1}, 1, 2}, {{Kind::read, 1}, 3, 4}}), Verdict::linearizable);
  EXPECT_EQ(check({{{Kind::write, 1}, 1, 2}, {{Kind::read, 0}, 3, 4}}), Verdict::not_linearizable);
}

TEST(Linearizability, AReadDuringAWriteMaySeeEither) {
  EXPECT_EQ(check({{{Kind::write, 1}, 1, 4}, {{Kind::read, 0}, 2, 3}}), Verdict::linearizable);
  EXPECT_EQ(check({{{Kind::write, 1}, 1, 4}, {{Kind::read, 1}, 2, 3}}), Verdict::linearizable);
}

TEST(Linearizability, NobodySeesAWriteAndThenNotAnyMore) {
  EXPECT_EQ(check({{{Kind::write, 1}, 1, 10}, {{Kind::read, 1}, 2, 3}, {{Kind::read, 0}, 4, 5}}),
            Verdict::not_linearizable);
}

TEST(Linearizability, AnOpenOperationMayHappenLaterOrNotAtAll) {
  const Event<Register::Action> open{{Kind::write, 7}, 1, kNever};
  EXPECT_EQ(check({open, {{Kind::read, 0}, 5, 6}}), Verdict::linearizable);
  EXPECT_EQ(check({open, {{Kind::read, 0}, 5, 6}, {{Kind::read, 7}, 7, 8}}), Verdict::linearizable);
  EXPECT_EQ(check({{{Kind::read, 7}, 1, 2}, {{Kind::write, 7}, 3, kNever}}), Verdict::not_linearizable)
      << "not before it was called";
}

TEST(Linearizability, AnOpenOperationHappensOnce) {
  EXPECT_EQ(check({{{Kind::write, 7}, 1, kNever},
                   {{Kind::read, 7}, 2, 3},
                   {{Kind::write, 1}, 4, 5},
                   {{Kind::read, 7}, 6, 7}}),
            Verdict::not_linearizable);
}

TEST(Linearizability, OnlyOneOfTwoSwapsFromTheSameValueSucceeds) {
  EXPECT_EQ(check({{{Kind::swap, 1, 0}, 1, 5}, {{Kind::swap, 2, 0}, 2, 6}}), Verdict::not_linearizable);
  EXPECT_EQ(check({{{Kind::swap, 2, 1}, 1, 5}, {{Kind::swap, 1, 0}, 2, 6}}), Verdict::linearizable);
}

TEST(Linearizability, GivesUpAtItsLimit) {
  Events events;
  for (int write = 1; write <= 12; ++write) events.push_back({{Kind::write, write}, 1, 100});
  events.push_back({{Kind::read, 99}, 1, 100});
  EXPECT_EQ(check_linearizable(Register(), {}, events, 50), Verdict::undecided);
}

// Histories that were made by a register which takes effect at a random instant of each operation are
// linearizable; with one answer falsified to a value that was never written they are not.
TEST(Linearizability, TellsTrueHistoriesFromFalsifiedOnes) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
    struct Planned {
      int called, effect, returned;
      Event<Register::Action> event;
    };
    std::vector<Planned> planned;
    for (int client = 0; client < 4; ++client) {
      for (int time = 0, at = 0; at < 6; ++at) {
        const int called = time + 1 + below(5), effect = called + 1 + below(9),
                  returned = effect + 1 + below(9);
        planned.push_back({called * 10 + client, effect * 10 + client, returned * 10 + client, {}});
        time = returned;
      }
    }
    std::sort(planned.begin(), planned.end(), [](auto& a, auto& b) { return a.effect < b.effect; });
    int value = 0;
    Events events;
    for (Planned& one : planned) {
      Register::Action action{Kind::read, value};
      if (below(2) == 0) action = {Kind::write, value = 1 + below(5)};
      events.push_back(
          {action, static_cast<std::uint64_t>(one.called), static_cast<std::uint64_t>(one.returned)});
    }
    ASSERT_EQ(check(events), Verdict::linearizable) << "seed " << seed;

    for (auto& event : events) {
      if (event.action.kind != Kind::read) continue;
      event.action.value = 77;
      ASSERT_EQ(check(events), Verdict::not_linearizable) << "seed " << seed;
      break;
    }
  }
}

}  // namespace
}  // namespace mere::torture
