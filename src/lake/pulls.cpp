#include "lake/pulls.h"

#include "base/log.h"
#include "lake/pull_record.h"
#include "version/keys.h"

namespace mere::lake {
namespace {

constexpr int kAttempts = 16;

std::string prefix_of(const version::Repository& repository) {
  return version::keys::of_repository(repository, "pulls");
}

struct StoredPull {
  Pull pull;
  std::string bytes;  // as read: what a change is conditional on
};

Result<StoredPull> read(const kv::Store& state, const version::Repository& repository, std::string_view id) {
  if (!is_xid(id)) {
    return Error{Code::invalid_argument,
                 "argument pullRequestID: pull request id: invalid value: validation error"};
  }
  ASSIGN_OR_RETURN(auto stored, state.get(prefix_of(repository) + std::string(id)));
  if (!stored) return Error{Code::not_found, "pull request not found"};
  ASSIGN_OR_RETURN(Pull pull, decode_pull(*stored));
  return StoredPull{std::move(pull), *std::move(stored)};
}

Status change(kv::Store& state, const version::Repository& repository, std::string_view id,
              const std::function<void(Pull&)>& changed) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(StoredPull stored, read(state, repository, id));
    changed(stored.pull);
    auto written = kv::put(state, prefix_of(repository) + std::string(id), encode_pull(stored.pull),
                           kv::Condition::equals(std::move(stored.bytes)));
    if (written || written.error().code != Code::conflict) return written;
  }
  return Error{Code::too_many_requests, "Too many attempts, try again later"};
}

void set_status(Pull& pull, PullStatus status, Timestamp now) {
  if (status != PullStatus::open && status != pull.status) pull.closed_date = now;
  pull.status = status;  // opened again, it keeps when it was last closed
}

}  // namespace

Pulls::Pulls(version::Engine& engine, kv::Store& state, const Clock& clock, Random& random)
    : engine_(engine), state_(state), clock_(clock), xids_(clock, random) {}

Result<std::string> Pulls::create(const version::Repository& repository, const Pull& pull) {
  if (pull.source == pull.destination) {
    return Error{Code::invalid_argument,
                 "source and destination branches are the same: same branch validation error"};
  }
  RETURN_IF_ERROR(engine_.refs.branch(repository, pull.source));
  RETURN_IF_ERROR(engine_.refs.branch(repository, pull.destination));

  Pull made = pull;
  made.id = xids_.next_descending();
  made.status = PullStatus::open;
  made.creation_date = clock_.now();
  made.merged_commit_id.clear();
  made.closed_date.reset();
  RETURN_IF_ERROR(
      kv::put(state_, prefix_of(repository) + made.id, encode_pull(made), kv::Condition::absent()));
  return made.id;
}

Result<Pull> Pulls::get(const version::Repository& repository, std::string_view id) const {
  ASSIGN_OR_RETURN(StoredPull stored, read(state_, repository, id));
  return std::move(stored.pull);
}

Result<version::Page<Pull>> Pulls::list(const version::Repository& repository,
                                        const version::PageRequest& page,
                                        std::optional<PullStatus> status) const {
  version::Page<Pull> found;
  const std::string folder = prefix_of(repository);
  const auto cursor = state_.scan(folder + page.prefix);
  if (!page.after.empty() && page.after >= page.prefix) cursor->seek(folder + page.after + '\0');
  for (; cursor->valid(); cursor->next()) {
    ASSIGN_OR_RETURN(Pull pull, decode_pull(cursor->value()));
    if (status && pull.status != *status) continue;
    if (found.items.size() == page.amount) {
      found.has_more = true;
      break;
    }
    found.items.push_back(std::move(pull));
  }
  RETURN_IF_ERROR(cursor->status());
  return found;
}

Status Pulls::update(const version::Repository& repository, std::string_view id, const PullUpdate& update) {
  return change(state_, repository, id, [&](Pull& pull) {
    if (update.title) pull.title = *update.title;
    if (update.description) pull.description = *update.description;
    if (update.status) set_status(pull, *update.status, clock_.now());
  });
}

Result<version::CommitId> Pulls::merge(const version::Repository& repository, std::string_view id,
                                       const std::string& committer) {
  ASSIGN_OR_RETURN(const StoredPull stored, read(state_, repository, id));
  const Pull& pull = stored.pull;
  if (pull.status != PullStatus::open) return Error{Code::invalid_argument, "bad pull request status"};

  // The branch first: a crash in between leaves an open request whose changes are merged already, which
  // merging again tells ("no changes"), never one that says "merged" and is not.
  version::MergeRequest request;
  request.committer = committer;
  ASSIGN_OR_RETURN(
      const version::CommitId merged,
      engine_.updates.merge(repository, version::RefExpr(pull.source.str()), pull.destination, request));
  auto marked = change(state_, repository, id, [&](Pull& now_merged) {
    set_status(now_merged, PullStatus::merged, clock_.now());
    now_merged.closed_date = clock_.now();
    now_merged.merged_commit_id = merged.str();
  });
  if (!marked) {  // merged all the same: the caller learns the commit
    log::error("merged pull request is not marked", {{"pull", id}, {"error", marked.error().message}});
  }
  return merged;
}

}  // namespace mere::lake
