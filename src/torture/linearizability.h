// Whether a history of concurrent operations can be told as one after another: the search of Wing and Gong
// ("Testing and Verifying Concurrent Objects", 1993) as Lowe has it ("Testing for Linearizability", 2017):
// operations take effect one by one, each between its call and its return, and no set of operations
// is tried twice in the same state.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace mere::torture {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

template <class Action>
struct Event {
  Action action;
  std::uint64_t called = 0;
  std::uint64_t returned = kNever;  // kNever: nobody knows; it takes effect at some time, or not at all
};

enum class Verdict { linearizable, not_linearizable, undecided };

// Spec has
//   using State, with `void append_to(std::string& key) const`: equal keys, equal states;
//   using Action;
//   std::vector<State> step(const State&, const Action&) const: the states that may follow if the action
//   takes effect in this one with the result that was seen; none if it cannot.
// `limit`: of the states that are looked at; past it the answer is `undecided`.
template <class Spec>
class LinearizabilityCheck {
 public:
  using State = typename Spec::State;
  using Events = std::vector<Event<typename Spec::Action>>;

  LinearizabilityCheck(const Spec& spec, Events events, std::size_t limit)
      : spec_(spec), events_(std::move(events)), done_(events_.size(), false), left_(limit) {
    std::sort(events_.begin(), events_.end(),
              [](const auto& one, const auto& other) { return one.called < other.called; });
  }

  Verdict run(const State& from) {
    // A stack of our own: histories are long.
    std::vector<Frame> stack;
    if (is_complete()) return Verdict::linearizable;
    stack.push_back(frame(from, kNone));
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next == top.choices.size()) {
        if (top.event != kNone) done_[top.event] = false;
        stack.pop_back();
        continue;
      }
      auto [event, state] = std::move(top.choices[top.next++]);
      done_[event] = true;
      if (is_complete()) return Verdict::linearizable;
      if (!seen_.insert(key_of(state)).second) {
        done_[event] = false;
        continue;
      }
      if (left_-- == 0) return Verdict::undecided;
      stack.push_back(frame(state, event));
    }
    return Verdict::not_linearizable;
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  struct Frame {
    std::size_t event;  // that led here
    std::vector<std::pair<std::size_t, State>> choices;
    std::size_t next = 0;
  };

  bool is_complete() const {
    for (std::size_t at = 0; at < events_.size(); ++at) {
      if (!done_[at] && events_[at].returned != kNever) return false;
    }
    return true;
  }

  // What may take effect next: whatever was called before the first return that is still to come.
  Frame frame(const State& state, std::size_t event) {
    Frame made{event, {}, 0};
    std::uint64_t first_return = kNever;
    for (std::size_t at = 0; at < events_.size(); ++at) {
      if (!done_[at]) first_return = std::min(first_return, events_[at].returned);
    }
    for (std::size_t at = 0; at < events_.size() && events_[at].called < first_return; ++at) {
      if (done_[at]) continue;
      for (State& next : spec_.step(state, events_[at].action))
        made.choices.emplace_back(at, std::move(next));
    }
    return made;
  }

  std::string key_of(const State& state) const {
    std::string key((done_.size() + 7) / 8, '\0');
    for (std::size_t at = 0; at < done_.size(); ++at) {
      if (done_[at]) key[at / 8] = static_cast<char>(key[at / 8] | (1 << (at % 8)));
    }
    state.append_to(key);
    return key;
  }

  const Spec& spec_;
  Events events_;  // by call
  std::vector<bool> done_;
  std::unordered_set<std::string> seen_;
  std::size_t left_;
};

template <class Spec>
Verdict check_linearizable(const Spec& spec, const typename Spec::State& from,
                           std::vector<Event<typename Spec::Action>> events, std::size_t limit = 1'000'000) {
  return LinearizabilityCheck<Spec>(spec, std::move(events), limit).run(from);
}

}  // namespace mere::torture
