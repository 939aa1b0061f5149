#include "simulation/model.h"

#include <algorithm>
#include <utility>

namespace mere::simulation {
namespace {

// Ops are fewer than the bits of a set.
std::uint64_t ancestors(const History& history, OpId commit) {
  std::uint64_t found = 0;
  std::vector<OpId> left = {commit};
  while (!left.empty()) {
    const OpId next = left.back();
    left.pop_back();
    if ((found >> next & 1) != 0) continue;
    found |= std::uint64_t{1} << next;
    const auto& fact = history.commits[next];
    if (fact) left.insert(left.end(), fact->parents.begin(), fact->parents.end());
  }
  return found;
}

// nullopt: a conflict.
std::optional<Content> merged(const Content& destination, const Content& source, const Content& base) {
  Content result{};
  for (std::size_t path = 0; path < result.size(); ++path) {
    if (destination[path] == source[path] || source[path] == base[path]) {
      result[path] = destination[path];
    } else if (destination[path] == base[path]) {
      result[path] = source[path];
    } else {
      return std::nullopt;
    }
  }
  return result;
}

class Stepper {
 public:
  Stepper(const History& history, const State& state, std::size_t index)
      : history_(history),
        state_(state),
        index_(index),
        mine_(state.open[index]),
        op_(history.ops[mine_.op]) {}

  std::vector<State> run() {
    if (mine_.done) return {};
    switch (op_.kind) {
      case Kind::put:
        write(mine_.op);
        break;
      case Kind::put_if_absent:
        put_if_absent();
        break;
      case Kind::remove:
        write(0);
        break;
      case Kind::read:
      case Kind::list:
      case Kind::read_head:
        read();
        break;
      case Kind::commit:
        commit();
        break;
      case Kind::merge:
      case Kind::revert:
      case Kind::cherry_pick:
      case Kind::import:
        put_on_clean_branch();
        break;
      case Kind::reset:
      case Kind::reset_path:
        reset();
        break;
      case Kind::reset_prefix:
        reset_prefix();
        break;
      case Kind::hard_reset:
        hard_reset();
        break;
      case Kind::compact:
        end(branch().exists ? Answer::ok : Answer::not_found);
        break;
      case Kind::create_branch:
        create_branch();
        break;
      case Kind::remove_branch:
        remove_branch();
        break;
    }
    return std::move(next_);
  }

 private:
  const ModelBranch& branch() const { return state_.branches[op_.branch]; }
  const Content& content_of(OpId commit) const { return history_.commits[commit]->content; }
  const Content& committed() const { return content_of(branch().head); }
  bool has_landed() const { return history_.commits[mine_.op].has_value(); }
  OpId first_parent() const {
    const auto& parents = history_.commits[mine_.op]->parents;
    return parents.empty() ? mine_.op : parents.front();
  }

  State& to() { return next_.emplace_back(state_); }
  Progress& mine_in(State& state) { return state.open[index_]; }
  ModelBranch& branch_in(State& state) { return state.branches[op_.branch]; }

  State& finish(State& state, Answer answer) {
    mine_in(state).done = true;
    mine_in(state).answer = answer;
    return state;
  }
  // Without a change. What was not answered may as well not end.
  void end(Answer answer) {
    if (op_.answer == answer) finish(to(), answer);
  }
  void touch(State& state, std::size_t path) {
    for (std::size_t i = 0; i < state.open.size(); ++i) {
      Progress& other = state.open[i];
      if (i != index_ && other.looked && history_.ops[other.op].branch == op_.branch)
        other.touched |= static_cast<std::uint8_t>(1u << path);
    }
  }

  // Once, whatever moves the branch meanwhile.
  void write(OpId value) {
    if (!branch().exists) return end(Answer::not_found);
    State& state = finish(to(), Answer::ok);
    branch_in(state).content[op_.path] = value;
    touch(state, op_.path);
  }

  void put_if_absent() {
    if (branch().exists && branch().content[op_.path] != 0) return end(Answer::exists);
    write(mine_.op);
  }

  void read() {
    if (!branch().exists) return end(Answer::not_found);
    if (op_.kind == Kind::read && branch().content[op_.path] == 0) return end(Answer::not_found);
    const bool same = op_.kind == Kind::read   ? branch().content[op_.path] == op_.read
                      : op_.kind == Kind::list ? branch().content == op_.listed
                                               : branch().head == op_.read;
    if (same) end(Answer::ok);
  }

  // --- in two moments ------------------------------------------------------------------------------

  State& look() {
    State& state = to();
    Progress& mine = mine_in(state);
    mine.looked = true;
    mine.made_by = branch().made_by;
    mine.head = branch().head;
    mine.content = branch().content;
    mine.touched = 0;
    return state;
  }
  bool can_land() const {
    return mine_.looked && branch().exists && branch().made_by == mine_.made_by &&
           branch().head == mine_.head;
  }
  bool is_touched(std::size_t path) const { return (mine_.touched >> path & 1) != 0; }

  // The new content of a branch whose content was looked at and is now `landed`. What was written since stays
  // on top; of a path that was written and looks as before it is open whether a trace of that is left.
  std::vector<Content> on_top(const Content& landed) const {
    std::vector<Content> all = {landed};
    for (std::size_t path = 0; path < landed.size(); ++path) {
      if (!is_touched(path)) continue;
      const OpId now = branch().content[path];
      const bool both = now == mine_.content[path] && landed[path] != now;
      const std::size_t count = all.size();
      for (std::size_t i = 0; i < count; ++i) {
        if (both) all.push_back(all[i]);
        all[i][path] = now;
      }
    }
    return all;
  }
  void land(OpId head, OpId leader, const Content& landed, Answer answer = Answer::ok) {
    for (const Content& content : on_top(landed)) {
      State& state = finish(to(), answer);
      branch_in(state).head = head;
      branch_in(state).leader = leader;
      branch_in(state).content = content;
    }
  }
  void resolve() {
    if (mine_.resolved) return;
    const ModelBranch& source = state_.branches[op_.source];
    if (!source.exists) return end(Answer::not_found);
    State& state = to();
    mine_in(state).resolved = true;
    mine_in(state).source = source.head;
  }

  void commit() {
    if (!branch().exists) return end(Answer::not_found);
    // It looks again where another server was quicker.
    if (mine_.times < 3) {
      State& state = look();
      ++mine_in(state).times;
      mine_in(state).had_changes = mine_.had_changes || branch().content != committed();
      for (Progress& other : state.open) {
        const Op& op = history_.ops[other.op];
        if (op.kind == Kind::commit && op.branch == op_.branch) other.leaders |= std::uint64_t{1} << mine_.op;
      }
    }
    if (has_landed() && first_parent() == branch().head) {
      const Content& made = content_of(mine_.op);
      if (can_land() && mine_.had_changes && made == mine_.content) {
        State& state = finish(to(), Answer::ok);
        branch_in(state).head = branch_in(state).leader = mine_.op;
      }
      // Together with another that waited: that one's commit has the changes, this one's follows it.
      const OpId leader = branch().leader;
      if (leader != 0 && leader != mine_.op && (mine_.leaders >> leader & 1) != 0 && made == committed()) {
        State& state = finish(to(), Answer::ok);
        branch_in(state).head = mine_.op;
      }
    }
    if (!has_landed() && can_land() && mine_.content == committed()) end(Answer::no_changes);
  }

  void put_on_clean_branch() {
    if (op_.kind == Kind::revert || op_.kind == Kind::cherry_pick) {  // what is picked comes first
      resolve();
      if (!mine_.resolved) return;
      if (history_.commits[mine_.source]->parents.size() != 1) return end(Answer::no_parent);
    }
    if (!branch().exists) return end(Answer::not_found);
    if (branch().content != committed()) end(Answer::dirty);
    if (branch().content == committed() && !mine_.looked) look();
    resolve();
    if (!mine_.resolved) return;
    if (op_.kind == Kind::import) {
      if (!can_land() || !has_landed()) return;
      Content content = content_of(mine_.head);
      for (int path = 0; path < kPathsInA; ++path) content[static_cast<std::size_t>(path)] = 0;
      for (std::size_t path = 0; path < content.size(); ++path) {
        if (content_of(mine_.source)[path] != 0) content[path] = content_of(mine_.source)[path];
      }
      return land_commit(content);
    }
    if (op_.kind == Kind::merge) {
      for (const OpId base : merge_bases(history_, mine_.source, branch().head)) {
        if (!mine_.looked) break;
        three_way(content_of(mine_.source), content_of(base), content_of(mine_.source) == content_of(base));
      }
      return;
    }
    if (!mine_.looked) return;
    const auto& picked = *history_.commits[mine_.source];
    const Content& before = content_of(picked.parents.front());
    if (op_.kind == Kind::cherry_pick) return three_way(picked.content, before, picked.content == before);
    const auto undone = merged(committed(), before, picked.content);
    three_way(before, picked.content, undone && *undone == committed());
  }
  void three_way(const Content& source, const Content& base, bool no_changes) {
    if (!can_land()) return;
    const auto content = merged(content_of(mine_.head), source, base);
    if (no_changes && !has_landed()) end(Answer::no_changes);
    if (!content) return end(Answer::conflict);
    land_commit(*content);
  }
  void land_commit(const Content& content) {
    if (!has_landed() || first_parent() != mine_.head || content_of(mine_.op) != content) return;
    const auto& parents = history_.commits[mine_.op]->parents;
    if (parents.size() != (op_.kind == Kind::merge ? 2u : 1u)) return;
    if (op_.kind == Kind::merge && parents[1] != mine_.source) return;
    land(mine_.op, 0, content);
  }

  void reset() {
    if (!branch().exists) return end(Answer::not_found);
    State& state = finish(to(), Answer::ok);
    for (std::size_t path = 0; path < kPaths.size(); ++path) {
      if (op_.kind == Kind::reset_path && path != op_.path) continue;
      if (branch().content[path] != committed()[path]) touch(state, path);
      branch_in(state).content[path] = committed()[path];
    }
  }

  void reset_prefix() {
    if (!branch().exists) return end(Answer::not_found);
    if (!mine_.looked) look();
    if (!can_land()) return;
    Content content = mine_.content;
    for (std::size_t path = 0; path < kPathsInA; ++path) content[path] = committed()[path];
    land(branch().head, branch().leader, content);
  }

  void hard_reset() {
    if (!branch().exists) return end(Answer::not_found);
    resolve();
    if (!mine_.looked) look();
    if (!mine_.resolved || !can_land()) return;
    Content content = content_of(mine_.source);
    for (std::size_t path = 0; path < content.size(); ++path) {
      if (mine_.content[path] != committed()[path]) content[path] = mine_.content[path];
    }
    land(mine_.source, 0, content);
  }

  void create_branch() {
    resolve();
    if (!mine_.resolved) return;
    if (branch().exists) return end(Answer::exists);
    State& state = finish(to(), Answer::ok);
    branch_in(state) = {true, mine_.op, mine_.source, 0, content_of(mine_.source)};
  }

  void remove_branch() {
    if (!branch().exists) return end(Answer::not_found);
    State& state = finish(to(), Answer::ok);
    branch_in(state) = {};
  }

  const History& history_;
  const State& state_;
  const std::size_t index_;
  const Progress& mine_;
  const Op& op_;
  std::vector<State> next_;
};

}  // namespace

std::vector<OpId> merge_bases(const History& history, OpId one, OpId other) {
  const std::uint64_t common = ancestors(history, one) & ancestors(history, other);
  std::uint64_t covered = 0;
  for (int commit = 0; commit < 64; ++commit) {
    if ((common >> commit & 1) == 0) continue;
    covered |= ancestors(history, static_cast<OpId>(commit)) & ~(std::uint64_t{1} << commit);
  }
  std::vector<OpId> best;
  for (int commit = 0; commit < 64; ++commit) {
    if (((common & ~covered) >> commit & 1) != 0) best.push_back(static_cast<OpId>(commit));
  }
  return best;
}

std::vector<State> step(const History& history, const State& state, std::size_t index) {
  return Stepper(history, state, index).run();
}

}  // namespace mere::simulation
