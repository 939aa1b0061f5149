#include "simulation/client.h"

#include <string>
#include <utility>

namespace mere::simulation {
namespace {

using version::BranchName;
using version::RefExpr;

std::string message_of(OpId id) {
  return "op " + std::to_string(id);
}

// What ops have in common to be asked with.
struct Asked {
  Server& server;
  const version::Repository& repository;
  OpId id;
  const Op& op;

  version::Engine& engine() const { return server.lake.engine; }
  BranchName branch() const { return BranchName(kBranches[op.branch]); }
  RefExpr branch_ref() const { return RefExpr(kBranches[op.branch]); }
  RefExpr source() const { return RefExpr(kBranches[op.source]); }
  std::string path() const { return kPaths[op.path]; }
  version::CommitOverrides overrides() const { return {message_of(id), version::Metadata()}; }
};

Status put(const Asked& asked) {
  lake::UploadOptions options;
  options.if_absent = asked.op.kind == Kind::put_if_absent;
  ASSIGN_OR_RETURN(auto upload, asked.server.lake.objects.begin_upload(asked.repository, asked.branch(),
                                                                       asked.path(), options));
  const std::string bytes = bytes_of(asked.id);
  RETURN_IF_ERROR(upload->append(std::as_bytes(std::span(bytes))));
  RETURN_IF_ERROR(upload->finish());
  return {};
}

Status read(const Asked& asked, Op& noted) {
  if (asked.op.kind == Kind::read_head) {
    ASSIGN_OR_RETURN(const version::Branch branch,
                     asked.engine().refs.branch(asked.repository, asked.branch()));
    ASSIGN_OR_RETURN(const auto commit, asked.engine().commits.get(asked.repository, branch.commit_id));
    noted.read = op_of(*commit);
    return {};
  }
  if (asked.op.kind == Kind::list) {
    RETURN_IF_ERROR(asked.engine().refs.branch(asked.repository, asked.branch()));
    ASSIGN_OR_RETURN(noted.listed, content_of(asked.server, asked.repository, kBranches[asked.op.branch]));
    return {};
  }
  ASSIGN_OR_RETURN(const tree::Entry entry,
                   asked.server.lake.objects.find(asked.repository, asked.branch_ref(), asked.path()));
  ASSIGN_OR_RETURN(noted.read, value_of(asked.server, asked.repository, entry));
  return {};
}

Status import(const Asked& asked) {
  version::ImportRequest request;
  ASSIGN_OR_RETURN(const auto commit, asked.engine().refs.resolve_commit(asked.repository, asked.source()));
  ASSIGN_OR_RETURN(const auto from, asked.engine().commits.get(asked.repository, commit));
  request.records = from->meta_range_id;
  request.commit.message = message_of(asked.id);
  request.replaced_prefixes = {"a/"};
  RETURN_IF_ERROR(asked.engine().updates.import(asked.repository, asked.branch(), request));
  return {};
}

template <class T>
Status without_value(const Result<T>& result) {
  if (!result) return result.error();
  return {};
}

Status update(const Asked& asked) {
  version::Updates& updates = asked.engine().updates;
  switch (asked.op.kind) {
    case Kind::commit: {
      version::CommitRequest request;
      request.message = message_of(asked.id);
      return without_value(updates.commit(asked.repository, asked.branch(), request));
    }
    case Kind::merge: {
      version::MergeRequest request;
      request.message = message_of(asked.id);
      return without_value(updates.merge(asked.repository, asked.source(), asked.branch(), request));
    }
    case Kind::revert: {
      version::RevertRequest request;
      request.overrides = asked.overrides();
      return without_value(updates.revert(asked.repository, asked.branch(), asked.source(), request));
    }
    case Kind::cherry_pick: {
      version::CherryPickRequest request;
      request.overrides = asked.overrides();
      return without_value(updates.cherry_pick(asked.repository, asked.branch(), asked.source(), request));
    }
    case Kind::reset:
      return updates.reset(asked.repository, asked.branch(), false);
    case Kind::reset_prefix:
      return updates.reset_prefix(asked.repository, asked.branch(), "a/", false);
    case Kind::reset_path:
      return updates.reset_path(asked.repository, asked.branch(), asked.path(), false);
    case Kind::hard_reset:
      return updates.hard_reset(asked.repository, asked.branch(), asked.source(), false);
    case Kind::compact:
      return updates.compact(asked.repository, asked.branch());
    default:
      return Error{Code::internal, "no update"};
  }
}

Status answer_to(const Asked& asked, Op& noted) {
  switch (asked.op.kind) {
    case Kind::put:
    case Kind::put_if_absent:
      return put(asked);
    case Kind::remove:
      return asked.engine().entries.remove(asked.repository, asked.branch(), asked.path());
    case Kind::read:
    case Kind::list:
    case Kind::read_head:
      return read(asked, noted);
    case Kind::import:
      return import(asked);
    case Kind::create_branch:
      return without_value(
          asked.engine().refs.create_branch(asked.repository, asked.branch(), asked.source(), false, false));
    case Kind::remove_branch:
      return asked.engine().refs.remove_branch(asked.repository, asked.branch(), false);
    default:
      return update(asked);
  }
}

Answer meaning_of(const Error& error) {
  const auto says = [&](std::string_view text) { return error.message.find(text) != std::string::npos; };
  if (says("parent")) return Answer::no_parent;
  if (says("dirty branch")) return Answer::dirty;
  if (says("no changes")) return Answer::no_changes;
  switch (error.code) {
    case Code::not_found:
      return Answer::not_found;
    case Code::already_exists:
    case Code::precondition_failed:
      return Answer::exists;
    case Code::conflict:
      return Answer::conflict;
    default:
      return Answer::other;
  }
}

}  // namespace

Op random_op(Random& random) {
  static constexpr std::pair<Kind, int> kWeights[] = {
      {Kind::put, 30},          {Kind::put_if_absent, 4}, {Kind::remove, 10},    {Kind::read, 6},
      {Kind::list, 3},          {Kind::read_head, 3},     {Kind::commit, 18},    {Kind::merge, 7},
      {Kind::revert, 3},        {Kind::cherry_pick, 3},   {Kind::import, 3},     {Kind::reset, 3},
      {Kind::reset_prefix, 3},  {Kind::reset_path, 3},    {Kind::hard_reset, 3}, {Kind::compact, 5},
      {Kind::create_branch, 4}, {Kind::remove_branch, 2}};
  int total = 0;
  for (const auto& [kind, weight] : kWeights) total += weight;
  const auto below = [&](std::size_t n) { return static_cast<std::uint8_t>(random.next_u64() % n); };
  Op op;
  int left = below(static_cast<std::size_t>(total));
  for (const auto& [kind, weight] : kWeights) {
    op.kind = kind;
    left -= weight;
    if (left < 0) break;
  }
  op.path = below(kPaths.size());
  op.source = below(kBranches.size());
  // Most of it in one place, where it meets.
  op.branch = below(3) == 0 ? below(kBranches.size()) : 0;
  if (op.kind == Kind::remove_branch || op.kind == Kind::create_branch)
    op.branch = static_cast<std::uint8_t>(1 + below(kBranches.size() - 1));
  return op;
}

void ask(Machine& machine, Server& server, const version::Repository& repository, History& history, Op op) {
  const std::uint64_t life = machine.power.life();
  const auto id = static_cast<OpId>(history.ops.size());
  history.ops.push_back(op);
  history.events.push_back({Event::Kind::invoked, id});
  Op noted = op;
  const Status answer = answer_to({server, repository, id, op}, noted);
  if (machine.power.is_over(life)) return;  // nobody hears it
  noted.answer = answer ? Answer::ok : meaning_of(answer.error());
  if (noted.answer == Answer::other) noted.error = answer.error().message;
  history.ops[id] = noted;
  history.events.push_back({Event::Kind::answered, id});
}

}  // namespace mere::simulation
