#include "simulation/checker.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "simulation/model.h"

namespace mere::simulation {
namespace {

constexpr std::size_t kMaxStates = 10'000'000;

template <class T>
void append(std::string& key, const T& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Equal for equal states.
std::string key_of(std::size_t event, const State& state) {
  std::string key;
  append(key, event);
  for (const ModelBranch& branch : state.branches) {
    key += static_cast<char>(branch.exists);
    for (const OpId id : {branch.made_by, branch.head, branch.leader}) key += static_cast<char>(id);
    append(key, branch.content);
  }
  for (const Progress& mine : state.open) {
    for (const bool flag : {mine.done, mine.resolved, mine.looked, mine.had_changes}) key += flag ? '1' : '0';
    key += static_cast<char>(mine.answer);
    for (const OpId id : {mine.op, mine.source, mine.made_by, mine.head, mine.touched, mine.times})
      key += static_cast<char>(id);
    append(key, mine.content);
    append(key, mine.leaders);
  }
  return key;
}

class Search {
 public:
  explicit Search(const History& history) : history_(history) {}

  Verdict run() {
    State state;
    state.branches[0] = {true, 0, 0, 0, {}};
    verdict_.is_explained = explain(0, state);
    return verdict_;
  }

 private:
  // Whether the events from `event` on can follow.
  bool explain(std::size_t event, const State& state) {
    verdict_.failed_at = std::max(verdict_.failed_at, event);
    if (event == history_.events.size()) return true;
    if (++verdict_.states > kMaxStates) verdict_.is_undecided = true;
    if (verdict_.is_undecided) return false;
    if (!visited_.insert(std::hash<std::string>()(key_of(event, state))).second)
      return false;  // hopeless, or on the way here

    const Event& next = history_.events[event];
    if (can_happen(next, state)) {
      State after = state;
      happen(next, after);
      if (explain(event + 1, after)) return true;
    }
    if (next.kind != Event::Kind::invoked) {
      // First the op that must come to its end now.
      for (const bool first : {true, false}) {
        for (std::size_t i = 0; i < state.open.size(); ++i) {
          const bool is_asked = next.kind == Event::Kind::answered && state.open[i].op == next.op;
          if (is_asked != first) continue;
          for (const State& after : step(history_, state, i))
            if (explain(event, after)) return true;
        }
      }
    }
    return false;
  }

  bool can_happen(const Event& event, const State& state) const {
    switch (event.kind) {
      case Event::Kind::invoked:
        return true;
      case Event::Kind::answered:
        return std::any_of(state.open.begin(), state.open.end(),
                           [&](const Progress& mine) { return mine.op == event.op && mine.done; });
      case Event::Kind::died:  // what has left a commit has landed
        return std::all_of(state.open.begin(), state.open.end(), [&](const Progress& mine) {
          return mine.done || !history_.commits[mine.op].has_value();
        });
      case Event::Kind::found:
        for (std::size_t i = 0; i < state.branches.size(); ++i) {
          const ModelBranch& branch = state.branches[i];
          const BranchFact& found = event.found[i];
          if (branch.exists != found.exists) return false;
          if (branch.exists && (branch.head != found.head || branch.content != found.content)) return false;
        }
        return true;
    }
    return false;
  }

  static void happen(const Event& event, State& state) {
    switch (event.kind) {
      case Event::Kind::invoked: {
        Progress mine;
        mine.op = event.op;
        state.open.push_back(mine);
        return;
      }
      case Event::Kind::answered:
        std::erase_if(state.open, [&](const Progress& mine) { return mine.op == event.op; });
        return;
      case Event::Kind::died:
        state.open.clear();
        return;
      case Event::Kind::found:
        return;
    }
  }

  const History& history_;
  Verdict verdict_;
  // Hashes only, for there may be millions: of two states with one hash the second is not looked at, which
  // may make a history fail that is right, once in a lifetime, and never pass one that is wrong.
  std::unordered_set<std::size_t> visited_;
};

}  // namespace

Verdict judge(const History& history) {
  return Search(history).run();
}

}  // namespace mere::simulation
