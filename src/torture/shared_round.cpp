#include "torture/shared_round.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "client/body_source.h"
#include "torture/caller.h"
#include "torture/snapshot.h"

namespace mere::torture {
namespace {

using CallKind = SharedCall::Kind;

std::string path_of(std::size_t key) {
  return fmt::format("k{}", key);
}

// Few bytes that begin with their number.
std::string text_of(std::int64_t number) {
  return fmt::format("{:012} {}", number, std::string(static_cast<std::size_t>(number % 700), '.'));
}

std::int64_t number_in(std::string_view text) {
  std::int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string message_of(std::int64_t number) {
  return fmt::format("{} on the shared branch", number);
}

client::CallOptions once(client::Answer& answer) {
  client::CallOptions options;
  options.retries = 0;
  options.answer = &answer;
  return options;
}

Result<SharedTree> tree_at(const client::Api& api, const std::string& repository, const std::string& ref) {
  SharedTree tree{};
  ASSIGN_OR_RETURN(const SeenTree seen, list(api, repository, ref));
  for (std::size_t key = 0; key < kSharedKeys; ++key) {
    if (!seen.contains(path_of(key))) continue;
    ASSIGN_OR_RETURN(client::Download download,
                     api.get_object({.repository = repository, .ref = ref, .path = path_of(key)}));
    ASSIGN_OR_RETURN(const std::string bytes, download.read_all(1u << 20));
    tree[key] = number_in(bytes);
  }
  return tree;
}

std::string_view name_of(CallKind kind) {
  switch (kind) {
    case CallKind::put:
      return "put";
    case CallKind::remove:
      return "remove";
    case CallKind::get:
      return "get";
    case CallKind::read_head:
      return "read head";
    case CallKind::commit:
      return "commit";
    case CallKind::merge:
      return "merge";
    case CallKind::reset:
      return "reset";
    case CallKind::move:
      return "move";
  }
  return "?";
}

std::string shown(const SharedTree& tree) {
  std::string text;
  for (const std::int64_t value : tree) text += fmt::format("{}{}", text.empty() ? "" : " ", value);
  return "[" + text + "]";
}

}  // namespace

std::string describe(const SharedCall& call) {
  std::string line = fmt::format("{}–{} client {}: #{} {}", call.called, call.returned, call.client,
                                 call.number, name_of(call.kind));
  if (call.kind <= CallKind::get) line += fmt::format(" k{}", call.key);
  if (call.kind == CallKind::get && call.outcome.kind == Outcome::Kind::done)
    line += fmt::format(" = {}", call.value);
  if (call.kind == CallKind::merge) line += fmt::format(" of {}", shown(call.source));
  if (!call.commit.empty()) line += " " + call.commit.substr(0, 12);
  return line + ": " + describe(call.outcome);
}

Result<SharedRound::Now> SharedRound::look(const client::Api& api, const std::string& repository) {
  Now now;
  ASSIGN_OR_RETURN(const api::Ref ref, api.get_branch({.repository = repository, .branch = kBranch}));
  now.head = ref.commit_id;
  ASSIGN_OR_RETURN(now.tree, tree_at(api, repository, ref.commit_id));
  ASSIGN_OR_RETURN(now.visible, tree_at(api, repository, kBranch));
  return now;
}

Result<std::unique_ptr<SharedRound>> SharedRound::begin(const client::Api& api, const std::string& repository,
                                                        std::int64_t first_number) {
  std::unique_ptr<SharedRound> round(new SharedRound(repository, first_number));
  ASSIGN_OR_RETURN(round->first_, look(api, repository));
  return round;
}

Outcome SharedRound::step(const client::Api& api, std::size_t client, Dice& dice) {
  SharedCall call;
  call.number = next_number_++;
  call.client = client;
  call.key = dice.below(kSharedKeys);
  const std::uint64_t kind = dice.below(100);
  call.kind = kind < 34   ? CallKind::put
              : kind < 44 ? CallKind::remove
              : kind < 66 ? CallKind::get
              : kind < 74 ? CallKind::read_head
              : kind < 88 ? CallKind::commit
              : kind < 94 ? CallKind::merge
              : kind < 97 ? CallKind::reset
                          : CallKind::move;
  if (call.kind == CallKind::merge && !prepare_merge(api, call, dice)) call.kind = CallKind::get;
  carry_out(api, call, dice);
  const Outcome outcome = call.outcome;
  std::lock_guard lock(mutex_);
  calls_.push_back(std::move(call));
  return outcome;
}

// A branch from where the shared one was when the round began, with one change.
bool SharedRound::prepare_merge(const client::Api& api, SharedCall& call, Dice& dice) {
  client::Answer answer;
  const client::CallOptions options = once(answer);
  const std::string branch = fmt::format("source-{}", call.number);
  if (!api.create_branch({.repository = repository_}, {.name = branch, .source = first_.head}, options))
    return false;
  call.source = first_.tree;
  if (call.source[call.key] != 0 && dice.chance(30)) {
    call.source[call.key] = 0;
    if (!api.delete_object({.repository = repository_, .branch = branch, .path = path_of(call.key)}, options))
      return false;
  } else {
    call.source[call.key] = call.number;
    if (!api.upload_object({.repository = repository_, .branch = branch, .path = path_of(call.key)},
                           client::make_text_source(text_of(call.number)), options))
      return false;
  }
  // Its own message: the same change with the same words in the same second is the same commit, which may
  // have been merged before.
  const std::string message = fmt::format("to be merged by {}", call.number);
  return api.commit({.repository = repository_, .branch = branch}, {.message = message}, options).has_value();
}

void SharedRound::carry_out(const client::Api& api, SharedCall& call, Dice& dice) {
  client::Answer answer;
  const client::CallOptions options = once(answer);
  const std::string path = path_of(call.key);
  std::optional<Error> problem;
  const auto keep = [&](auto&& result) {
    call.returned = clock_++;
    if (!result) problem = result.error();
    return result.has_value();
  };
  call.called = clock_++;
  switch (call.kind) {
    case CallKind::put:
      keep(api.upload_object({.repository = repository_, .branch = kBranch, .path = path},
                             client::make_text_source(text_of(call.number)), options));
      break;
    case CallKind::remove:
      if (dice.chance(50)) {
        keep(api.delete_object({.repository = repository_, .branch = kBranch, .path = path}, options));
      } else {
        keep(api.delete_objects({.repository = repository_, .branch = kBranch}, {.paths = {path}}, options));
      }
      break;
    case CallKind::get: {
      Result<client::Download> download =
          api.get_object({.repository = repository_, .ref = kBranch, .path = path}, options);
      Result<std::string> bytes =
          download ? download->read_all(1u << 20) : Result<std::string>(download.error());
      if (keep(bytes)) call.value = number_in(*bytes);
      if (problem && problem->code == Code::not_found) problem.reset();  // a get that saw nothing
      break;
    }
    case CallKind::read_head: {
      const auto ref = api.get_branch({.repository = repository_, .branch = kBranch}, options);
      if (keep(ref)) call.commit = ref->commit_id;
      break;
    }
    case CallKind::commit: {
      const auto commit = api.commit({.repository = repository_, .branch = kBranch},
                                     {.message = message_of(call.number)}, options);
      if (keep(commit)) call.commit = commit->id;
      break;
    }
    case CallKind::merge: {
      api::Merge merge;
      merge.message = message_of(call.number);
      const auto commit = api.merge_into_branch({.repository = repository_,
                                                 .source_ref = fmt::format("source-{}", call.number),
                                                 .destination_branch = kBranch},
                                                merge, options);
      if (keep(commit)) call.commit = commit->reference;
      break;
    }
    case CallKind::reset:
      keep(api.reset_branch({.repository = repository_, .branch = kBranch},
                            {.type = api::ResetCreationType::reset}, options));
      break;
    case CallKind::move:
      call.commit = first_.head;
      keep(
          api.hard_reset_branch({.repository = repository_, .branch = kBranch, .ref = first_.head}, options));
      break;
  }
  call.outcome = problem ? outcome_of(answer.status, *problem) : Outcome{Outcome::Kind::done, {}, {}, {}};
}

// Every commit that somebody saw, and those before them, back to where the branch began.
Result<std::map<std::string, SharedRound::Commit>> SharedRound::commits_since(const client::Api& api,
                                                                              const Now& now) const {
  std::map<std::string, Commit> known;
  known[first_.head] = {0, {}, first_.tree};
  std::vector<std::string> wanted{now.head};
  for (const SharedCall& call : calls_) {
    if (!call.commit.empty()) wanted.push_back(call.commit);
  }
  while (!wanted.empty()) {
    const std::string id = std::move(wanted.back());
    wanted.pop_back();
    if (known.contains(id)) continue;
    ASSIGN_OR_RETURN(const api::Commit commit, api.get_commit({.repository = repository_, .commit_id = id}));
    Commit& kept = known[id];
    kept.number = number_in(commit.message);
    kept.parents = commit.parents;
    ASSIGN_OR_RETURN(kept.tree, tree_at(api, repository_, id));
    if (!commit.parents.empty()) wanted.push_back(commit.parents.front());
  }
  return known;
}

std::vector<SharedEvent> SharedRound::events_of(const SharedCall& call,
                                                const std::map<std::string, Commit>& commits,
                                                std::vector<std::string>& problems) const {
  using Step = SharedAction::Kind;
  const bool is_open = call.outcome.kind == Outcome::Kind::lost || call.outcome.kind == Outcome::Kind::failed;
  const bool is_refused = call.outcome.kind == Outcome::Kind::refused;
  const bool is_read = call.kind == CallKind::get || call.kind == CallKind::read_head;
  if (is_open && is_read) return {};
  SharedEvent event{{}, call.called, is_open ? kNever : call.returned};
  SharedAction& action = event.action;
  action.key = call.key;
  action.value = call.kind == CallKind::put ? call.number : call.value;
  action.operation = call.number;
  action.is_open = is_open;
  const auto steps = [&](Step first, Step second) {
    SharedEvent other = event;
    event.action.kind = first;
    other.action.kind = second;
    return std::vector{event, other};
  };
  const auto one = [&](Step step) {
    event.action.kind = step;
    return std::vector{event};
  };
  const auto unexpected = [&] {
    problems.push_back("an answer that cannot be: " + describe(call));
    return std::vector<SharedEvent>();
  };

  if (call.kind == CallKind::commit || call.kind == CallKind::merge) {
    action.tree = call.source;
    action.base = first_.tree;
    action.commit = call.number;
    action.parent = kAnyParent;
    for (const auto& [id, commit] : commits) {
      if (commit.number != call.number) continue;
      if (!call.commit.empty() && id != call.commit) return unexpected();
      action.parent = commits.at(commit.parents.front()).number;
      action.landed = commit.tree;
    }
  }
  switch (call.kind) {
    case CallKind::put:
      return is_refused ? unexpected() : one(Step::put);
    case CallKind::remove:
      return is_refused ? unexpected() : one(Step::remove);
    case CallKind::get:
      return is_refused ? unexpected() : one(Step::get);
    case CallKind::read_head:
      if (is_refused) return unexpected();
      action.commit = commits.at(call.commit).number;
      return one(Step::read_head);
    case CallKind::commit:
      if (!is_refused) return steps(Step::seal, Step::land);
      return call.outcome.code == Code::invalid_argument ? one(Step::refuse_commit) : unexpected();
    case CallKind::merge:
      if (!is_refused) return steps(Step::seal_clean, Step::land_merge);
      if (call.outcome.code == Code::invalid_argument) return one(Step::refuse_dirty);
      return call.outcome.code == Code::conflict ? one(Step::refuse_conflict) : unexpected();
    case CallKind::reset:
      return is_refused ? unexpected() : one(Step::reset);
    case CallKind::move:
      if (is_refused) return unexpected();
      action.commit = 0;
      action.tree = first_.tree;
      return steps(Step::seal_move, Step::land_move);
  }
  return {};
}

Result<SharedRound::Checked> SharedRound::check(const client::Api& api) const {
  ASSIGN_OR_RETURN(const Now now, look(api, repository_));
  ASSIGN_OR_RETURN(const auto commits, commits_since(api, now));
  Checked checked;
  checked.operations = calls_.size();
  std::vector<SharedEvent> events;
  for (const SharedCall& call : calls_) {
    for (SharedEvent& event : events_of(call, commits, checked.problems)) events.push_back(std::move(event));
  }
  SharedAction last;
  last.kind = SharedAction::Kind::read_all;
  last.commit = commits.at(now.head).number;
  last.tree = now.tree;
  last.visible = now.visible;
  events.push_back({last, kNever - 2, kNever - 1});

  SharedBranch::State first;
  first.tree = first_.tree;
  for (std::size_t key = 0; key < kSharedKeys; ++key) {
    if (first_.visible[key] != first_.tree[key]) first.staged[key] = first_.visible[key];
  }
  checked.verdict = check_linearizable(SharedBranch(), first, events);
  if (checked.verdict != Verdict::not_linearizable && checked.problems.empty()) return checked;

  // The shortest beginning: what returned later than that counts as not known.
  const auto fails_until = [&](std::uint64_t time) {
    std::vector<SharedEvent> begun;
    for (SharedEvent event : events) {
      if (event.called > time) continue;
      if (event.returned > time) event.returned = kNever;
      begun.push_back(std::move(event));
    }
    return check_linearizable(SharedBranch(), first, begun) == Verdict::not_linearizable;
  };
  std::uint64_t until = 0;
  while (until < clock_ && !fails_until(until)) ++until;
  if (checked.verdict == Verdict::not_linearizable) {
    checked.problems.push_back(
        until < clock_
            ? "the last of these operations cannot have happened after the others"
            : fmt::format("after the restart the branch is at {} with {} and shows {}: that cannot have "
                          "come of these operations",
                          now.head, shown(now.tree), shown(now.visible)));
  }
  checked.history.push_back(
      fmt::format("at first: {} with {}, shows {}", first_.head, shown(first_.tree), shown(first_.visible)));
  for (const SharedCall& call : calls_) {
    if (call.called <= until) checked.history.push_back(describe(call));
  }
  return checked;
}

}  // namespace mere::torture
