// A repository as its users think of it: a few small maps. What an op may do to it, step by step.
//
// Most ops happen at one moment. Those that move a branch have two: they look at it, and land; in between
// other clients write, and what they write stays on top (docs/design/0003). A ref that an op names is
// resolved at a moment of its own. What is not part of a promise is left open: step() names every way it may
// go.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "simulation/history.h"

namespace mere::simulation {

struct ModelBranch {
  bool exists = false;
  OpId made_by = 0;  // tells a branch from one of the same name before it
  OpId head = 0;
  OpId leader = 0;  // whose changes the head has, if a commit put it there
  Content content{};
};
using Model = std::array<ModelBranch, kBranches.size()>;

// How far an op has come.
struct Progress {
  OpId op = 0;
  bool done = false;
  Answer answer = Answer::none;
  bool resolved = false;
  OpId source = 0;  // the commit that the source stands for
  bool looked = false;
  OpId made_by = 0;  // of the branch, as it was looked at
  OpId head = 0;
  Content content{};
  std::uint8_t touched = 0;   // paths that others wrote since
  bool had_changes = false;   // a commit, at some look
  std::uint8_t times = 0;     // how often a commit has looked
  std::uint64_t leaders = 0;  // bits: commits that looked while this one waited on the same branch
};

struct State {
  Model branches{};
  std::vector<Progress> open;  // ops under way
};

// Every state that one step of open[index] may lead to.
std::vector<State> step(const History& history, const State& state, std::size_t index);

// Commits that are ancestors of both (a commit is its own), and of no other such one.
std::vector<OpId> merge_bases(const History& history, OpId one, OpId other);

}  // namespace mere::simulation
