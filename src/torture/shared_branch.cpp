#include "torture/shared_branch.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace mere::torture {
namespace {

using State = SharedBranch::State;
constexpr std::int64_t kUnchanged = State::kUnchanged;

bool is_clean(const State& state) {
  for (std::size_t key = 0; key < kSharedKeys; ++key) {
    if (state.visible(key) != state.tree[key]) return false;
  }
  return true;
}

// All that is uncommitted is set apart; what comes from now on lies on top.
void set_apart(State& state) {
  for (std::size_t key = 0; key < kSharedKeys; ++key) {
    if (state.staged[key] != kUnchanged) state.sealed[key] = state.staged[key];
  }
  state.staged = State::unchanged();
}

// Updates take turns. One that died, or failed halfway, lets others pass and does not come back.
bool is_free(const State& state) {
  return state.group.empty() || state.is_group_open;
}

State sealed_by(State state, const SharedAction& action) {
  set_apart(state);
  state.group = {action.operation};
  state.is_group_open = action.is_open;
  state.has_group_changes = false;
  return state;
}

bool lands_next(const State& state, const SharedAction& action) {
  return !state.group.empty() && state.group.front() == action.operation &&
         (state.head == action.parent || action.parent == kAnyParent);
}

std::vector<State> seal(const State& state, const SharedAction& action) {
  std::vector<State> next;
  if (is_free(state)) next.push_back(sealed_by(state, action));
  // Commits that wait together are sealed at once.
  const bool has_begun_to_land = state.has_group_changes;
  if (!state.group.empty() && !has_begun_to_land && state.staged == State::unchanged()) {
    State joined = state;
    joined.group.push_back(action.operation);
    joined.is_group_open = state.is_group_open && action.is_open;
    next.push_back(std::move(joined));
  }
  return next;
}

std::vector<State> land(State state, const SharedAction& action) {
  if (!lands_next(state, action)) return {};
  for (std::size_t key = 0; key < kSharedKeys; ++key) {
    if (state.sealed[key] == kUnchanged) continue;
    if (state.tree[key] != state.sealed[key]) state.has_group_changes = true;
    state.tree[key] = state.sealed[key];
  }
  if (!state.has_group_changes || (action.landed && *action.landed != state.tree)) return {};
  state.sealed = State::unchanged();
  state.head = action.commit;
  state.group.erase(state.group.begin());
  if (state.group.empty()) state.has_group_changes = state.is_group_open = false;
  return {std::move(state)};
}

std::optional<SharedTree> merged(const SharedTree& base, const SharedTree& source,
                                 const SharedTree& destination) {
  SharedTree result = destination;
  for (std::size_t key = 0; key < kSharedKeys; ++key) {
    if (source[key] == base[key] || source[key] == destination[key]) continue;
    if (destination[key] != base[key]) return std::nullopt;
    result[key] = source[key];
  }
  return result;
}

std::vector<State> land_merge(State state, const SharedAction& action) {
  if (!lands_next(state, action)) return {};
  const std::optional<SharedTree> tree = merged(action.base, action.tree, state.tree);
  if (!tree || (action.landed && *action.landed != *tree)) return {};
  state.tree = *tree;
  state.sealed = State::unchanged();  // without effect, or the branch would not have been clean
  state.head = action.commit;
  state.group.clear();
  state.is_group_open = false;
  return {std::move(state)};
}

std::vector<State> land_move(State state, const SharedAction& action) {
  if (state.group.empty() || state.group.front() != action.operation) return {};
  for (std::size_t key = 0; key < kSharedKeys; ++key) {
    const std::int64_t value = state.below(key);
    const bool is_change = value != state.tree[key] && value != action.tree[key];
    state.sealed[key] = is_change ? value : kUnchanged;
  }
  state.tree = action.tree;
  state.head = action.commit;
  state.group.clear();
  state.is_group_open = false;
  return {std::move(state)};
}

// Of a path that is not there it is not told whether a mark of an earlier deletion is: then a new one is
// made, which also hides what a merge under way brings.
std::vector<State> remove(State state, std::size_t key) {
  const bool was_there = state.visible(key) != 0;
  State marked = state;
  marked.staged[key] = 0;
  if (was_there) return {std::move(marked)};
  return {std::move(state), std::move(marked)};
}

std::vector<State> only_if(bool holds, const State& state) {
  return holds ? std::vector<State>{state} : std::vector<State>();
}

}  // namespace

void SharedBranch::State::append_to(std::string& key) const {
  const auto append = [&](std::int64_t number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    key.append(bytes, sizeof number);
  };
  append(head);
  for (const SharedTree* part : {&tree, &sealed, &staged}) {
    for (const std::int64_t value : *part) append(value);
  }
  for (const std::int64_t member : group) append(member);
  key += static_cast<char>('0' + (is_group_open ? 1 : 0) + (has_group_changes ? 2 : 0));
}

std::vector<State> SharedBranch::step(const State& state, const Action& action) const {
  using Kind = Action::Kind;
  State next = state;
  switch (action.kind) {
    case Kind::put:
      next.staged[action.key] = action.value;
      return {std::move(next)};
    case Kind::remove:
      return remove(std::move(next), action.key);
    case Kind::get:
      return only_if(state.visible(action.key) == action.value, state);
    case Kind::read_head:
      return only_if(state.head == action.commit, state);
    case Kind::seal:
      return seal(state, action);
    case Kind::land:
      return land(std::move(next), action);
    case Kind::refuse_commit:
      if (!is_free(state) || !is_clean(state)) return {};
      next.sealed = next.staged = State::unchanged();
      return {std::move(next)};
    case Kind::seal_clean:
      if (!is_free(state) || !is_clean(state)) return {};
      return {sealed_by(std::move(next), action)};
    case Kind::land_merge:
      return land_merge(std::move(next), action);
    case Kind::refuse_dirty:
      return only_if(is_free(state) && !is_clean(state), state);
    case Kind::refuse_conflict:
      return only_if(is_free(state) && is_clean(state) && !merged(action.base, action.tree, state.tree),
                     state);
    case Kind::reset:
      if (!is_free(state)) return {};
      next.sealed = next.staged = State::unchanged();
      next.group.clear();
      next.is_group_open = false;
      return {std::move(next)};
    case Kind::seal_move:
      if (!is_free(state)) return {};
      return {sealed_by(std::move(next), action)};
    case Kind::land_move:
      return land_move(std::move(next), action);
    case Kind::read_all: {
      if (state.head != action.commit || state.tree != action.tree) return {};
      for (std::size_t key = 0; key < kSharedKeys; ++key) {
        if (state.visible(key) != action.visible[key]) return {};
      }
      return {state};
    }
  }
  return {};
}

}  // namespace mere::torture
