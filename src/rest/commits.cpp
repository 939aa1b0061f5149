#include "base/xid.h"
#include "rest/async_reply.h"
#include "rest/convert.h"
#include "rest/handlers.h"
#include "version/records.h"

namespace mere::rest {
namespace {

constexpr std::string_view kCommitTask = "CM";

version::CommitRequest commit_request(const Call& call, const api::CommitParams& params,
                                      const api::CommitCreation& body) {
  version::CommitRequest request;
  request.committer = call.principal.user_id;
  request.message = body.message;
  request.metadata = body.metadata.value_or(version::Metadata());
  request.date = body.date;
  request.allow_empty = body.allow_empty;
  request.force = body.force;
  if (params.source_metarange && !params.source_metarange->empty()) {
    request.source_metarange = version::MetaRangeId(*params.source_metarange);
  }
  return request;
}

// In the words of a server that looks for hooks on the branch first; clients' suites compare them.
std::string no_such_branch(const std::string& run_id) {
  return "prepare-commit hook aborted, run id '" + run_id +
         "': list actions from commit: listing actions: not found";
}

constexpr std::size_t kPageBytes = 8u << 20;

std::size_t size_of(const version::Commit& commit) {
  std::size_t bytes = commit.message.size();
  for (const auto& [key, value] : commit.metadata) bytes += key.size() + value.size();
  return bytes;
}

// The pages of `log`: which of the walked commits are shown, and where the page ends.
class LogPage {
 public:
  // `skipper`: of the paths that are asked for; null if none are.
  LogPage(const version::Engine& engine, const version::Repository& repository,
          const api::LogCommitsParams& params, const version::LogSkipper* skipper)
      : engine_(engine),
        repository_(repository),
        params_(params),
        skipper_(skipper),
        size_(page_size(params.amount)) {}

  Status fill(version::LogWalk& walk, const std::optional<CommitId>& after,
              const std::optional<CommitId>& stop_at) {
    const bool limited = params_.limit.value_or(false);
    bool started = !after;
    while (true) {
      ASSIGN_OR_RETURN(const auto commit, walk.next());
      if (!commit) return {};
      if (!started) {  // where the walk would stop is looked for behind `after`
        started = commit->id == *after;
        continue;
      }
      ASSIGN_OR_RETURN(const bool shown, passes(*commit));
      // A page of large commits is shorter than asked for, instead of taking gigabytes.
      if (shown && (list_.results.size() == size_ || bytes_ > kPageBytes)) {
        has_more_ = true;
        return {};
      }
      if (shown) {
        bytes_ += size_of(*commit);
        list_.results.push_back(to_api(*commit));
      }
      if (limited && list_.results.size() == size_) return {};
      if (stop_at && commit->id == *stop_at) return {};
    }
  }

  http::Response reply() && {
    const std::string last = list_.results.empty() ? "" : list_.results.back().id;
    list_.pagination = pagination(has_more_, list_.results.size(), last);
    return json_reply(200, list_);
  }

 private:
  Result<bool> passes(const version::Commit& commit) const {
    if (skipper_ == nullptr) return true;
    ASSIGN_OR_RETURN(const bool may_pass, skipper_->may_pass(commit));
    if (may_pass) return false;
    return engine_.entries.touches(repository_, commit, params_.objects, params_.prefixes);
  }

  const version::Engine& engine_;
  const version::Repository& repository_;
  const api::LogCommitsParams& params_;
  const version::LogSkipper* const skipper_;
  const std::size_t size_;
  api::CommitList list_;
  std::size_t bytes_ = 0;  // of what has no fixed size in `list_`
  bool has_more_ = false;
};

}  // namespace

http::Response Handlers::commit(Call& call, const api::CommitParams& params,
                                const api::CommitCreation& body) {
  REPLY_IF_ERROR(check_argument("branch", version::check_branch_argument(params.branch)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const auto commit =
      engine_.updates.commit(repository, BranchName(params.branch), commit_request(call, params, body));
  if (!commit && commit.error().code == Code::not_found) {
    return error_reply(404,
                       no_such_branch(XidGenerator(lake_.clock, context_.request_ids).next_descending()));
  }
  if (!commit) return error_reply(commit.error());
  return json_reply(201, to_api(*commit));
}

http::Response Handlers::commit_async(Call& call, const api::CommitAsyncParams& params,
                                      const api::CommitCreation& body) {
  REPLY_IF_ERROR(check_argument("branch", version::check_branch_argument(params.branch)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(engine_.refs.branch(repository, BranchName(params.branch)));
  const api::CommitParams same{params.repository, params.branch, params.source_metarange};
  auto work = [this, repository, branch = BranchName(params.branch),
               request = commit_request(call, same, body)](lake::TaskContext&) -> Result<std::string> {
    ASSIGN_OR_RETURN(const version::Commit commit, engine_.updates.commit(repository, branch, request));
    return commit.id.str();
  };
  ASSIGN_OR_REPLY(const std::string id, lake_.tasks.start_short(repository, kCommitTask, std::move(work)));
  return task_started_reply(id);
}

http::Response Handlers::commit_async_status(Call&, const api::CommitAsyncStatusParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto task, find_task(lake_, repository, kCommitTask, params.id));
  return task_status_reply(task, [&](JsonWriter& json) -> Status {
    ASSIGN_OR_RETURN(const auto commit, engine_.commits.get(repository, CommitId(task.result)));
    api::write_json(json, to_api(*commit));
    return {};
  });
}

http::Response Handlers::create_commit_record(Call&, const api::CreateCommitRecordParams& params,
                                              const api::CommitRecordCreation& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  version::Commit commit;
  commit.id = CommitId(body.commit_id);
  commit.committer = body.committer;
  commit.message = body.message;
  commit.creation_date = {body.creation_date, 0};
  commit.meta_range_id = version::MetaRangeId(body.metarange_id);
  commit.metadata = body.metadata.value_or(version::Metadata());
  for (const std::string& parent : body.parents) commit.parents.emplace_back(parent);
  if (body.version < 0 || body.version > 1) return error_reply(400, "version: must be 0 or 1");
  if (body.generation < 0 || body.generation > INT32_MAX) return error_reply(400, "generation: out of range");
  commit.version = static_cast<std::int32_t>(body.version);
  commit.generation = static_cast<std::int32_t>(body.generation);
  REPLY_IF_ERROR(engine_.updates.create_commit_record(repository, commit, body.force));
  return empty_reply(204);
}

http::Response Handlers::get_commit(Call&, const api::GetCommitParams& params) {
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(params.commit_id)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  auto id = engine_.refs.resolve_commit(repository, RefExpr(params.commit_id));
  if (!id && id.error().code == Code::not_found) return error_reply(404, "commit not found");
  if (!id) return error_reply(id.error());
  ASSIGN_OR_REPLY(const auto commit, engine_.commits.get(repository, *id));
  return json_reply(200, to_api(*commit));
}

http::Response Handlers::log_commits(Call&, const api::LogCommitsParams& params) {
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(params.ref)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const auto resolve = [&](std::string_view what, const std::string& ref) -> Result<CommitId> {
    auto resolved = engine_.refs.resolve(repository, RefExpr(ref));
    if (!resolved) return with_context(what, std::move(resolved).error());
    if (resolved->staging) {
      return Error{Code::invalid_argument,
                   std::string(what) + ": ref: invalid value: validation error: should point to a commit"};
    }
    return resolved->commit;
  };
  ASSIGN_OR_REPLY(const CommitId start, resolve("ref", params.ref));
  std::optional<CommitId> after;
  std::optional<CommitId> stop_at;
  if (!params.stop_at.empty()) {
    ASSIGN_OR_REPLY(stop_at, resolve("stop_at", params.stop_at));
  }
  if (!params.after.empty()) {
    ASSIGN_OR_REPLY(after, resolve("from ref", params.after));
  }
  std::unique_ptr<version::LogSkipper> skipper;
  if (!params.objects.empty() || !params.prefixes.empty()) {
    skipper = engine_.history.skipper(repository, params.objects, params.prefixes);
  }
  version::LogOptions options{
      .first_parent = params.first_parent.value_or(false), .since = params.since, .skipper = skipper.get()};
  if (after) options.shown_always.push_back(*after);
  if (stop_at) options.shown_always.push_back(*stop_at);
  const auto walk = engine_.commits.log(repository, start, options);
  LogPage page(engine_, repository, params, skipper.get());
  REPLY_IF_ERROR(page.fill(*walk, after, stop_at));
  return std::move(page).reply();
}

}  // namespace mere::rest
