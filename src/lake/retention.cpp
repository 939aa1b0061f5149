#include "lake/retention.h"

#include "base/encoding.h"
#include "base/wire.h"
#include "lake/active_commits.h"
#include "lake/every_ref.h"
#include "lake/parquet_writer.h"
#include "lake/retention_rules.h"
#include "lake/uncommitted.h"

namespace mere::lake {
namespace {

constexpr std::size_t kMaxRulesBytes = 16u << 20;
constexpr std::size_t kFlushBytes = 256 << 10;

std::string gc_folder(const std::string& prefix) {
  return prefix + "/retention/gc/";
}

block::Address rules_address(const version::Repository& repository, const std::string& prefix) {
  return block::join(repository.storage_namespace, gc_folder(prefix) + "rules/config.json");
}

block::Address commits_file(const version::Repository& repository, const std::string& prefix,
                            std::string_view run_id) {
  return block::join(repository.storage_namespace,
                     gc_folder(prefix).append("commits/run_id=").append(run_id).append("/commits.csv"));
}

Result<CommitHeads> heads_of(const version::Engine& engine, const version::Repository& repository) {
  CommitHeads heads;
  RETURN_IF_ERROR(for_each_branch(engine, repository, [&](const version::Branch& branch) -> Result<bool> {
    heads.branches[branch.name.str()] = branch.commit_id.str();
    return true;
  }));
  RETURN_IF_ERROR(for_each_tag(engine, repository, [&](const version::Tag& tag) -> Result<bool> {
    heads.tagged.push_back(tag.commit_id.str());
    return true;
  }));
  return heads;
}

// What a continuation token says: 1 branch · 2 path · 3 run id, protobuf in URL-safe base64.
struct Continuation {
  UncommittedPosition position;
  std::string run_id;
};

std::string encode_continuation(const Continuation& continuation) {
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, continuation.position.branch);
  out.bytes(2, continuation.position.path);
  out.bytes(3, continuation.run_id);
  return to_base64url(bytes);
}

Result<Continuation> decode_continuation(std::string_view token) {
  const Error invalid{Code::invalid_argument, "invalid continuation token"};
  const auto bytes = from_base64url(token);
  if (!bytes) return invalid;
  Continuation continuation;
  WireReader in(*bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        continuation.position.branch = in.bytes();
        break;
      case 2:
        continuation.position.path = in.bytes();
        break;
      case 3:
        continuation.run_id = in.bytes();
        break;
      default:
        break;
    }
  }
  // The run id becomes a part of an address.
  if (in.failed() || continuation.position.branch.empty() || !is_xid(continuation.run_id)) return invalid;
  return continuation;
}

struct CommitList {
  std::vector<CommitNode> commits;
  std::vector<std::string> metaranges;  // of each
  std::unordered_set<std::string> known{};

  void add(const version::Commit& commit) {
    commits.push_back(
        {commit.id.str(), commit.parents.empty() ? "" : commit.parents.front().str(), commit.creation_date});
    metaranges.push_back(commit.meta_range_id.str());
    known.insert(commit.id.str());
  }

  // Without its heads a list would let what they hold be collected, so a head must be there; other parents
  // need not be (a restored repository may lack old ones).
  Status add_heads(const version::Engine& engine, const version::Repository& repository,
                   const CommitHeads& heads) {
    std::vector<std::string> wanted = heads.tagged;
    for (const auto& [name, id] : heads.branches) wanted.push_back(id);
    const std::size_t required = wanted.size();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const std::string id = wanted[i];
      if (known.contains(id)) continue;
      auto commit = engine.commits.get(repository, version::CommitId(id));
      if (!commit && (i < required || commit.error().code != Code::not_found))
        return std::move(commit).error();
      if (!commit) continue;
      add(**commit);
      for (const version::CommitId& parent : (*commit)->parents) wanted.push_back(parent.str());
    }
    return {};
  }
};

// What prepare_commits() needs, also after the Retention is gone.
struct CommitsJob {
  version::Engine& engine;
  block::Store& store;
  version::Repository repository;
  RetentionRules rules;
  std::string run_id;
  std::string prefix;
  Timestamp now;
};

Result<PreparedCommits> prepare(const CommitsJob& job, const TaskContext* context) {
  const block::Address folder = block::join(job.repository.storage_namespace, gc_folder(job.prefix));
  const block::Address file = commits_file(job.repository, job.prefix, job.run_id);

  // Commits before heads, so that a commit that is superseded meanwhile is not taken for a head; heads that
  // are newer than the list are added.
  CommitList list;
  RETURN_IF_ERROR(job.engine.commits.for_each(job.repository, [&](const version::Commit& commit) -> Status {
    if (context != nullptr && context->cancelled())
      return Error{Code::cancelled, "prepare garbage collection canceled"};
    list.add(commit);
    return {};
  }));
  ASSIGN_OR_RETURN(const CommitHeads heads, heads_of(job.engine, job.repository));
  RETURN_IF_ERROR(list.add_heads(job.engine, job.repository, heads));
  const std::vector<CommitNode>& commits = list.commits;
  const std::vector<std::string>& metaranges = list.metaranges;
  const auto active = active_commits(commits, heads, job.rules, job.now);

  ASSIGN_OR_RETURN(const auto writer, job.store.create(file, {.md5 = false}));
  std::string lines = "commit_id,expired,metarange_id\n";
  const auto flush = [&]() -> Status {
    RETURN_IF_ERROR(writer->append(std::as_bytes(std::span(lines))));
    lines.clear();
    return {};
  };
  for (std::size_t i = 0; i < commits.size(); ++i) {
    if (!active.contains(commits[i].id)) continue;
    lines += commits[i].id + ",false," + metaranges[i] + "\n";
    if (lines.size() >= kFlushBytes) RETURN_IF_ERROR(flush());
  }
  RETURN_IF_ERROR(flush());
  RETURN_IF_ERROR(writer->finish());
  return PreparedCommits{job.run_id, job.store.display(file),
                         job.store.display(block::join(folder, "addresses"))};
}

std::string encode_prepared(
    const PreparedCommits& prepared) {  // as lakeFS stores it: 1 run_id · 2 commits · 3 addresses
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, prepared.run_id);
  out.bytes(2, prepared.commits_location);
  out.bytes(3, prepared.addresses_location);
  return bytes;
}

Error without_rules(Error error) {
  return error.code == Code::not_found ? with_context("get gc rules", std::move(error)) : error;
}

}  // namespace

Retention::Retention(version::Engine& engine, block::Store& store, tree::Trees& trees, Tasks& tasks,
                     const Clock& clock, Random& random, std::string prefix)
    : engine_(engine),
      store_(store),
      trees_(trees),
      tasks_(tasks),
      clock_(clock),
      xids_(clock, random),
      prefix_(std::move(prefix)) {}

Result<RetentionRules> Retention::rules(const version::Repository& repository) const {
  auto bytes = block::read_all(store_, rules_address(repository, prefix_), kMaxRulesBytes);
  if (!bytes && bytes.error().code != Code::not_found) return std::move(bytes).error();
  if (!bytes || bytes->empty()) return Error{Code::not_found, "not found"};
  return decode_rules(*bytes);
}

Status Retention::set_rules(const version::Repository& repository, const RetentionRules& rules, bool force) {
  RETURN_IF_ERROR(version::check_writable(repository, force));
  std::string bytes = encode_rules(rules);
  // An empty file means that there are no rules, so that zero days, the default, has to be spelled out.
  if (bytes.empty()) bytes.assign("\x08\x00", 2);
  return block::write_all(store_, rules_address(repository, prefix_), bytes);
}

Status Retention::remove_rules(const version::Repository& repository, bool force) {
  RETURN_IF_ERROR(version::check_writable(repository, force));
  return store_.remove(rules_address(repository, prefix_));
}

Result<PreparedCommits> Retention::prepare_commits(const version::Repository& repository) {
  auto found = rules(repository);
  if (!found) return without_rules(std::move(found).error());
  return prepare(
      {engine_, store_, repository, *std::move(found), xids_.next_descending(), prefix_, clock_.now()},
      nullptr);
}

Result<std::string> Retention::start_prepare_commits(const version::Repository& repository) {
  auto found = rules(repository);  // read now, reported by the task
  const Timestamp now = clock_.now();
  return tasks_.start(
      repository, "GCPC",
      [&engine = engine_, &store = store_, repository, found, run_id = xids_.next_descending(),
       prefix = prefix_, now](TaskContext& context) -> Result<std::string> {
        if (!found) return without_rules(found.error());
        ASSIGN_OR_RETURN(const PreparedCommits prepared,
                         prepare({engine, store, repository, *found, run_id, prefix, now}, &context));
        return encode_prepared(prepared);
      });
}

block::Address Retention::commits_address(const version::Repository& repository,
                                          std::string_view run_id) const {
  return commits_file(repository, prefix_, run_id);
}

Result<PreparedCommits> Retention::decode_prepared(std::string_view task_result) {
  PreparedCommits prepared;
  WireReader in(task_result);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        prepared.run_id = in.bytes();
        break;
      case 2:
        prepared.commits_location = in.bytes();
        break;
      case 3:
        prepared.addresses_location = in.bytes();
        break;
      default:
        break;
    }
  }
  if (in.failed()) return Error{Code::corrupt, "stored result of a garbage collection task does not parse"};
  return prepared;
}

Result<PreparedUncommitted> Retention::prepare_uncommitted(const version::Repository& repository,
                                                           const std::string& continuation_token) {
  std::optional<UncommittedPosition> from;
  PreparedUncommitted prepared;
  if (continuation_token.empty()) {
    prepared.run_id = xids_.next_descending();
  } else {
    ASSIGN_OR_RETURN(Continuation continuation, decode_continuation(continuation_token));
    from = std::move(continuation.position);
    prepared.run_id = std::move(continuation.run_id);
  }

  AddressTable table;
  ASSIGN_OR_RETURN(auto rest,
                   UncommittedWalk(engine_, store_, trees_, clock_).collect(repository, from, {}, table));
  if (table.rows() > 0) {
    const block::Address folder = block::join(
        repository.storage_namespace, gc_folder(prefix_) + "uncommitted/" + prepared.run_id + "/uncommitted");
    RETURN_IF_ERROR(
        block::write_all(store_, block::join(folder, xids_.next()), table.to_parquet(), {.md5 = false}));
    prepared.location = store_.display(folder);
  }
  if (rest) prepared.continuation_token = encode_continuation({*std::move(rest), prepared.run_id});
  return prepared;
}

}  // namespace mere::lake
