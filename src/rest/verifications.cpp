#include "base/check.h"
#include "base/text.h"
#include "rest/async_reply.h"
#include "rest/convert.h"
#include "rest/handlers.h"

namespace mere::rest {
namespace {

api::VerificationFinding to_api(const lake::Finding& finding) {
  api::VerificationFinding shown;
  const bool is_known = api::from_string(lake::name_of(finding.kind), shown.kind);
  MERE_CHECK(is_known);  // cli/verify_served_test.cpp
  shown.repository = finding.repository.str();
  shown.where = finding.where;
  shown.path = finding.path;
  shown.address = finding.address;
  shown.detail = finding.detail;
  shown.quarantined = finding.quarantined;
  return shown;
}

api::VerificationProgress to_api(const lake::VerifyCounts& counts) {
  api::VerificationProgress progress;
  progress.commits = static_cast<std::int64_t>(counts.commits);
  progress.tables = static_cast<std::int64_t>(counts.tables);
  progress.objects = static_cast<std::int64_t>(counts.entries);
  progress.bytes = static_cast<std::int64_t>(counts.bytes);
  progress.without_checksum = static_cast<std::int64_t>(counts.without_checksum);
  progress.findings = static_cast<std::int64_t>(counts.findings);
  return progress;
}

}  // namespace

http::Response Handlers::verify_repository(Call&, const api::VerifyRepositoryParams& params,
                                           const std::optional<api::VerificationCreation>& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const api::VerificationCreation wanted = body.value_or(api::VerificationCreation{});
  lake::VerifyOptions options;
  options.objects = wanted.objects;
  options.all_commits = wanted.all_commits;
  options.quarantine = wanted.quarantine;
  options.threads = static_cast<std::size_t>(wanted.threads);
  options.max_bytes_per_second = static_cast<std::uint64_t>(wanted.max_bytes_per_second);
  ASSIGN_OR_REPLY(const auto id, lake_.verifications.start(repository, std::move(options)));
  return task_started_reply(id);
}

http::Response Handlers::get_verification(Call&, const api::GetVerificationParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto state, lake_.verifications.state(repository, params.id));
  api::Verification shown;
  shown.task_id = state.id;
  shown.completed = state.completed;
  shown.update_time = state.updated_at;
  if (state.counts) shown.progress = to_api(*state.counts);
  if (state.error) {
    shown.error.emplace();
    shown.error->message = state.error->message;
  }
  return json_reply(200, shown);
}

http::Response Handlers::cancel_verification(Call&, const api::CancelVerificationParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(lake_.verifications.cancel(repository, params.id));
  return empty_reply(204);
}

http::Response Handlers::list_verification_findings(Call&,
                                                    const api::ListVerificationFindingsParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const auto after =
      params.after.empty() ? std::optional<std::uint64_t>(0) : parse_integer<std::uint64_t>(params.after);
  if (!after) return error_reply(400, "argument after: it is the number of a finding");
  ASSIGN_OR_REPLY(const auto page,
                  lake_.verifications.findings(repository, params.id, *after, page_size(params.amount)));
  api::VerificationFindingList list;
  for (const lake::Finding& finding : page.items) list.results.push_back(to_api(finding));
  list.pagination =
      pagination(page.has_more, list.results.size(), std::to_string(*after + list.results.size()));
  return json_reply(200, list);
}

}  // namespace mere::rest
