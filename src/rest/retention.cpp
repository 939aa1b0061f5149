#include "rest/async_reply.h"
#include "rest/convert.h"
#include "rest/handlers.h"
#include "rest/presign.h"

namespace mere::rest {
namespace {

constexpr std::string_view kPrepareTask = "GCPC";

http::Response rules_reply(const lake::Lake& lake, const std::string& name) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake, name));
  ASSIGN_OR_REPLY(const auto rules, lake.retention.rules(repository));
  api::GarbageCollectionRules answer;
  answer.default_retention_days = rules.default_days;
  for (const auto& [branch, days] : rules.branch_days) answer.branches.push_back({branch, days});
  return json_reply(200, answer);
}

http::Response set_rules_reply(lake::Lake& lake, const std::string& name,
                               const api::GarbageCollectionRules& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake, name));
  const auto fits = [](std::int64_t days) { return days >= 0 && days <= INT32_MAX; };
  lake::RetentionRules rules;
  if (!fits(body.default_retention_days)) return error_reply(400, "default_retention_days: out of range");
  rules.default_days = static_cast<std::int32_t>(body.default_retention_days);
  for (const auto& rule : body.branches) {
    if (!fits(rule.retention_days)) return error_reply(400, "retention_days: out of range");
    rules.branch_days[rule.branch_id] = static_cast<std::int32_t>(rule.retention_days);
  }
  REPLY_IF_ERROR(lake.retention.set_rules(repository, rules, false));
  return empty_reply(204);
}

http::Response remove_rules_reply(lake::Lake& lake, const std::string& name) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake, name));
  REPLY_IF_ERROR(lake.retention.remove_rules(repository, false));
  return empty_reply(204);
}

Result<lake::PresignedUrl> commits_url(const Context& context, const Call& call,
                                       const version::Repository& repository,
                                       const lake::PreparedCommits& prepared) {
  return context.lake.presigner.get(origin_of(call.request, context.settings),
                                    context.lake.retention.commits_address(repository, prepared.run_id),
                                    {.file_name = "commits.csv", .content_type = "text/csv", .etag = {}});
}

// The URL is empty where the store cannot presign; the task form leaves it out.
api::GarbageCollectionPrepareResponse to_api(const lake::PreparedCommits& prepared,
                                             std::optional<std::string> url) {
  api::GarbageCollectionPrepareResponse made;
  made.run_id = prepared.run_id;
  made.gc_commits_location = prepared.commits_location;
  made.gc_addresses_location = prepared.addresses_location;
  made.gc_commits_presigned_url = std::move(url);
  return made;
}

}  // namespace

http::Response Handlers::get_gc_rules(Call&, const api::GetGcRulesParams& params) {
  return rules_reply(lake_, params.repository);
}

http::Response Handlers::set_gc_rules(Call&, const api::SetGcRulesParams& params,
                                      const api::GarbageCollectionRules& body) {
  return set_rules_reply(lake_, params.repository, body);
}

http::Response Handlers::delete_gc_rules(Call&, const api::DeleteGcRulesParams& params) {
  return remove_rules_reply(lake_, params.repository);
}

http::Response Handlers::set_garbage_collection_rules_preflight(
    Call&, const api::SetGarbageCollectionRulesPreflightParams& params) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  return empty_reply(204);
}

http::Response Handlers::internal_get_garbage_collection_rules(
    Call&, const api::InternalGetGarbageCollectionRulesParams& params) {
  return rules_reply(lake_, params.repository);
}

http::Response Handlers::internal_set_garbage_collection_rules(
    Call&, const api::InternalSetGarbageCollectionRulesParams& params,
    const api::GarbageCollectionRules& body) {
  return set_rules_reply(lake_, params.repository, body);
}

http::Response Handlers::internal_delete_garbage_collection_rules(
    Call&, const api::InternalDeleteGarbageCollectionRulesParams& params) {
  return remove_rules_reply(lake_, params.repository);
}

http::Response Handlers::prepare_garbage_collection_commits(
    Call& call, const api::PrepareGarbageCollectionCommitsParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto prepared, lake_.retention.prepare_commits(repository));
  const auto url = commits_url(context_, call, repository, prepared);
  if (!url && url.error().code != Code::not_implemented) return error_reply(url.error());
  return json_reply(201, to_api(prepared, url ? url->url : ""));
}

http::Response Handlers::prepare_garbage_collection_commits_async(
    Call&, const api::PrepareGarbageCollectionCommitsAsyncParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto id, lake_.retention.start_prepare_commits(repository));
  return task_started_reply(id);
}

http::Response Handlers::prepare_garbage_collection_commits_status(
    Call& call, const api::PrepareGarbageCollectionCommitsStatusParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto task, find_task(lake_, repository, kPrepareTask, params.id));
  api::PrepareGarbageCollectionCommitsStatus status;
  status.task_id = task.id;
  status.completed = task.done;
  status.update_time = task.updated_at;
  if (task.done && task.error) {
    status.error.emplace();
    status.error->message = task.error->message;
  } else if (task.done) {
    ASSIGN_OR_REPLY(const auto prepared, lake::Retention::decode_prepared(task.result));
    auto url = commits_url(context_, call, repository, prepared);
    if (!url && url.error().code != Code::not_implemented) return error_reply(url.error());
    status.result = to_api(prepared, url ? std::optional(std::move(url->url)) : std::nullopt);
  }
  return json_reply(200, status);
}

http::Response Handlers::prepare_garbage_collection_uncommitted(
    Call&, const api::PrepareGarbageCollectionUncommittedParams& params,
    const std::optional<api::PrepareGcUncommittedRequest>& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const std::string token = body ? body->continuation_token.value_or("") : "";
  ASSIGN_OR_REPLY(const auto prepared, lake_.retention.prepare_uncommitted(repository, token));
  api::PrepareGcUncommittedResponse answer;
  answer.run_id = prepared.run_id;
  answer.gc_uncommitted_location = prepared.location;
  if (!prepared.continuation_token.empty()) answer.continuation_token = prepared.continuation_token;
  return json_reply(201, answer);
}

}  // namespace mere::rest
