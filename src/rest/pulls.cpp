#include "base/time_format.h"
#include "rest/convert.h"
#include "rest/handlers.h"

namespace mere::rest {
namespace {

constexpr std::size_t kMaxTextBytes = 64u << 10;

// A list holds a thousand of them.
Status check_text(std::string_view what, std::string_view text) {
  if (text.size() <= kMaxTextBytes) return {};
  return Error{Code::too_large, std::string(what) + " may take " + std::to_string(kMaxTextBytes) + " bytes"};
}

std::string_view wire_name(lake::PullStatus status) {
  switch (status) {
    case lake::PullStatus::open:
      return "open";
    case lake::PullStatus::closed:
      return "closed";
    case lake::PullStatus::merged:
      return "merged";
  }
  return "";
}

lake::PullStatus from_api(api::PullRequestStatus status) {
  switch (status) {
    case api::PullRequestStatus::open:
      return lake::PullStatus::open;
    case api::PullRequestStatus::closed:
      return lake::PullStatus::closed;
    case api::PullRequestStatus::merged:
      return lake::PullStatus::merged;
  }
  return lake::PullStatus::open;
}

std::optional<lake::PullStatus> filter_of(api::ListPullRequestsStatus status) {
  switch (status) {
    case api::ListPullRequestsStatus::open:
      return lake::PullStatus::open;
    case api::ListPullRequestsStatus::closed:
      return lake::PullStatus::closed;
    case api::ListPullRequestsStatus::all:
      return std::nullopt;
  }
  return std::nullopt;
}

// Lists leave out the description and the merge commit.
enum class Detail { list, whole };

void write_pull(JsonWriter& json, const lake::Pull& pull, Detail detail) {
  const auto text = [&](std::string_view key, std::string_view value) {
    json.key(key);
    json.string(value);
  };
  json.begin_object();
  text("id", pull.id);
  text("title", pull.title);
  text("author", pull.author);
  text("status", wire_name(pull.status));
  text("creation_date", to_rfc3339(pull.creation_date));
  text("source_branch", pull.source.str());
  text("destination_branch", pull.destination.str());
  if (pull.closed_date) text("closed_date", to_rfc3339(*pull.closed_date));
  if (detail == Detail::whole) {
    text("description", pull.description);
    if (!pull.merged_commit_id.empty()) text("merged_commit_id", pull.merged_commit_id);
  }
  json.end_object();
}

}  // namespace

http::Response Handlers::list_pull_requests(Call&, const api::ListPullRequestsParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto page,
                  lake_.pulls.list(repository, page_request(params.prefix, params.after, params.amount),
                                   filter_of(params.status)));
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("results");
  json.begin_array();
  for (const lake::Pull& pull : page.items) write_pull(json, pull, Detail::list);
  json.end_array();
  write_pagination(json, page.has_more, page.items.size(), page.items.empty() ? "" : page.items.back().id);
  json.end_object();
  return json_text(200, std::move(body));
}

http::Response Handlers::create_pull_request(Call& call, const api::CreatePullRequestParams& params,
                                             const api::PullRequestCreation& body) {
  REPLY_IF_ERROR(check_text("title", body.title));
  REPLY_IF_ERROR(check_text("description", body.description.value_or("")));
  REPLY_IF_ERROR(check_argument("dest", version::check_branch_argument(body.destination_branch)));
  REPLY_IF_ERROR(check_argument("src", version::check_branch_argument(body.source_branch)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  lake::Pull pull;
  pull.title = body.title;
  pull.author = call.principal.user_id;
  pull.description = body.description.value_or("");
  pull.source = BranchName(body.source_branch);
  pull.destination = BranchName(body.destination_branch);
  ASSIGN_OR_REPLY(const auto id, lake_.pulls.create(repository, pull));
  api::PullRequestCreationResponse answer;
  answer.id = id;
  return json_reply(201, answer);
}

http::Response Handlers::get_pull_request(Call&, const api::GetPullRequestParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto pull, lake_.pulls.get(repository, params.pull_request));
  std::string body;
  JsonWriter json(body);
  write_pull(json, pull, Detail::whole);
  return json_text(200, std::move(body));
}

http::Response Handlers::update_pull_request(Call&, const api::UpdatePullRequestParams& params,
                                             const api::PullRequestBasic& body) {
  REPLY_IF_ERROR(check_text("title", body.title.value_or("")));
  REPLY_IF_ERROR(check_text("description", body.description.value_or("")));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  lake::PullUpdate update;
  update.title = body.title;
  update.description = body.description;
  if (body.status) update.status = from_api(*body.status);
  REPLY_IF_ERROR(lake_.pulls.update(repository, params.pull_request, update));
  return empty_reply(204);
}

http::Response Handlers::merge_pull_request(Call& call, const api::MergePullRequestParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto commit,
                  lake_.pulls.merge(repository, params.pull_request, call.principal.user_id));
  api::MergeResult answer;
  answer.reference = commit.str();
  return json_reply(200, answer);
}

}  // namespace mere::rest
