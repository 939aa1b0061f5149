#include "rest/async_reply.h"
#include "rest/convert.h"
#include "rest/diff_reply.h"
#include "rest/handlers.h"

namespace mere::rest {
namespace {

constexpr std::string_view kMergeTask = "MG";

Result<version::MergeRequest> merge_request(const Call& call, const std::optional<api::Merge>& body) {
  version::MergeRequest request;
  request.committer = call.principal.user_id;
  if (!body) return request;
  request.message = body->message.value_or("");
  request.metadata = body->metadata.value_or(version::Metadata());
  request.squash = body->squash_merge;
  request.allow_empty = body->allow_empty;
  request.force = body->force;
  const std::string strategy = body->strategy.value_or("");
  if (strategy == "source-wins") {
    request.strategy = tree::MergeStrategy::source_wins;
  } else if (strategy == "dest-wins") {
    request.strategy = tree::MergeStrategy::dest_wins;
  } else if (!strategy.empty()) {
    return Error{Code::invalid_argument, "argument strategy: invalid value: validation error"};
  }
  return request;
}

http::Response merge_result(int status, std::string_view reference) {
  api::MergeResult result;
  result.reference = std::string(reference);
  return json_reply(status, result);
}

version::CommitOverrides overrides_of(const std::optional<api::CommitOverrides>& body) {
  version::CommitOverrides overrides;
  if (body) overrides = {body->message, body->metadata};
  return overrides;
}

}  // namespace

http::Response Handlers::merge_into_branch(Call& call, const api::MergeIntoBranchParams& params,
                                           const std::optional<api::Merge>& body) {
  REPLY_IF_ERROR(check_argument("destination", version::check_branch_argument(params.destination_branch)));
  REPLY_IF_ERROR(check_argument("source", version::check_ref_expr(params.source_ref)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto request, merge_request(call, body));
  const auto merged = engine_.updates.merge(repository, RefExpr(params.source_ref),
                                            BranchName(params.destination_branch), request);
  if (!merged && merged.error().code == Code::conflict) return merge_result(409, "");
  if (!merged) return error_reply(merged.error());
  return merge_result(200, merged->str());
}

http::Response Handlers::merge_into_branch_async(Call& call, const api::MergeIntoBranchAsyncParams& params,
                                                 const std::optional<api::Merge>& body) {
  REPLY_IF_ERROR(check_argument("destination", version::check_branch_argument(params.destination_branch)));
  REPLY_IF_ERROR(check_argument("source", version::check_ref_expr(params.source_ref)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto request, merge_request(call, body));
  auto work = [this, repository, request, source = RefExpr(params.source_ref),
               destination =
                   BranchName(params.destination_branch)](lake::TaskContext&) -> Result<std::string> {
    ASSIGN_OR_RETURN(const CommitId id, engine_.updates.merge(repository, source, destination, request));
    return id.str();
  };
  ASSIGN_OR_REPLY(const std::string id, lake_.tasks.start_short(repository, kMergeTask, std::move(work)));
  return task_started_reply(id);
}

http::Response Handlers::merge_into_branch_async_status(Call&,
                                                        const api::MergeIntoBranchAsyncStatusParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto task, find_task(lake_, repository, kMergeTask, params.id));
  return task_status_reply(task, [&](JsonWriter& json) -> Status {
    api::MergeResult result;
    result.reference = task.result;
    api::write_json(json, result);
    return {};
  });
}

http::Response Handlers::find_merge_base(Call&, const api::FindMergeBaseParams& params) {
  REPLY_IF_ERROR(check_argument("destination", version::check_ref_expr(params.destination_branch)));
  REPLY_IF_ERROR(check_argument("source", version::check_ref_expr(params.source_ref)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const auto resolve = [&](std::string_view what, const std::string& ref) -> Result<CommitId> {
    auto resolved = engine_.refs.resolve_commit(repository, RefExpr(ref));
    if (!resolved)
      return with_context("get commit by " + std::string(what) + " " + ref, std::move(resolved).error());
    return resolved;
  };
  ASSIGN_OR_REPLY(const CommitId destination, resolve("ref", params.destination_branch));
  ASSIGN_OR_REPLY(const CommitId source, resolve("branch", params.source_ref));
  ASSIGN_OR_REPLY(const auto base, engine_.commits.merge_base(repository, source, destination));
  api::FindMergeBaseResult result;
  // The other way round than the path says: clients have been answered so for years.
  result.source_commit_id = destination.str();
  result.destination_commit_id = source.str();
  if (base) result.base_commit_id = base->str();
  return json_reply(200, result);
}

http::Response Handlers::revert_branch(Call& call, const api::RevertBranchParams& params,
                                       const api::RevertCreation& body) {
  REPLY_IF_ERROR(check_argument("branch", version::check_branch_argument(params.branch)));
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(body.ref)));
  if (body.parent_number < 0 || body.parent_number > INT32_MAX) {
    return error_reply(400, "argument parentNumber: invalid value: validation error");
  }
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  version::RevertRequest request;
  request.committer = call.principal.user_id;
  request.parent_number = static_cast<int>(body.parent_number);
  request.overrides = overrides_of(body.commit_overrides);
  if (!request.overrides.message)
    request.overrides.message = "Revert " + body.ref;  // as it was named: "Revert main~1"
  request.allow_empty = body.allow_empty;
  request.force = body.force;
  REPLY_IF_ERROR(engine_.updates.revert(repository, BranchName(params.branch), RefExpr(body.ref), request));
  return empty_reply(204);
}

http::Response Handlers::cherry_pick(Call& call, const api::CherryPickParams& params,
                                     const api::CherryPickCreation& body) {
  if (body.ref.empty()) return error_reply(400, "argument ref: required value: validation error");
  REPLY_IF_ERROR(check_argument("branch", version::check_branch_argument(params.branch)));
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(body.ref)));
  if (body.parent_number && (*body.parent_number <= 0 || *body.parent_number > INT32_MAX)) {
    return error_reply(
        400, "argument parentNumber: value should be greater than 0: invalid value: validation error");
  }
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  version::CherryPickRequest request;
  request.committer = call.principal.user_id;
  if (body.parent_number) request.parent_number = static_cast<int>(*body.parent_number);
  request.overrides = overrides_of(body.commit_overrides);
  request.force = body.force;
  ASSIGN_OR_REPLY(const auto commit, engine_.updates.cherry_pick(repository, BranchName(params.branch),
                                                                 RefExpr(body.ref), request));
  return json_reply(201, to_api(commit));
}

http::Response Handlers::diff_refs(Call&, const api::DiffRefsParams& params) {
  REPLY_IF_ERROR(check_argument("left", version::check_ref_expr(params.left_ref)));
  REPLY_IF_ERROR(check_argument("right", version::check_ref_expr(params.right_ref)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const RefExpr left(params.left_ref);
  const RefExpr right(params.right_ref);
  const version::DiffRequest request{params.prefix, params.after, params.delimiter, page_size(params.amount)};
  DiffReply reply(params.include_right_stats ? DiffReply::RightStats::yes : DiffReply::RightStats::no,
                  DiffReply::Removed::as_it_was);
  ASSIGN_OR_REPLY(const bool has_more,
                  params.type == api::DiffRefsType::two_dot
                      ? engine_.entries.diff_two_dot(repository, left, right, request, reply.visitor())
                      : engine_.entries.diff_three_dot(repository, left, right, request, reply.visitor()));
  return std::move(reply).finish(has_more);
}

}  // namespace mere::rest
