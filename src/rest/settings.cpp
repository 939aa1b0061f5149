#include "rest/convert.h"
#include "rest/handlers.h"
#include "version/protection.h"

namespace mere::rest {
namespace {

std::string rules_json(const version::ProtectionRules& rules) {
  std::string body;
  JsonWriter json(body);
  json.begin_array();
  for (const std::string& pattern : rules.patterns) {
    json.begin_object();
    json.key("pattern");
    json.string(pattern);
    json.end_object();
  }
  json.end_array();
  return body;
}

// `"abc"` and `abc` are the same ETag to clients.
std::string unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

// The rules with one change made to them, against whoever changes them at the same time. `change`
// answers what to do about the pattern: `not_found` for one that must be there.
Status change_rules(version::Repositories& repositories, const version::Repository& repository,
                    const std::function<Status(std::vector<std::string>&)>& change) {
  constexpr int kTries = 10;
  for (int i = 0; i < kTries; ++i) {
    ASSIGN_OR_RETURN(version::ProtectionRules rules, version::protection_rules(repositories, repository));
    RETURN_IF_ERROR(change(rules.patterns));
    Status set = version::set_protection_rules(repositories, repository, rules.patterns, rules.etag);
    if (set || set.error().code != Code::precondition_failed) return set;
  }
  return Error{Code::too_many_requests, "Too many attempts, try again later"};
}

}  // namespace

http::Response Handlers::get_branch_protection_rules(Call&,
                                                     const api::GetBranchProtectionRulesParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto rules, version::protection_rules(engine_.repositories, repository));
  http::Response response = json_text(200, rules_json(rules));
  response.headers.add("ETag", rules.etag);
  return response;
}

http::Response Handlers::set_branch_protection_rules(Call&, const api::SetBranchProtectionRulesParams& params,
                                                     const std::vector<api::BranchProtectionRule>& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  std::vector<std::string> patterns;
  for (const auto& rule : body) patterns.push_back(rule.pattern);
  std::optional<std::string> if_etag;
  if (params.if_match) if_etag = unquoted(*params.if_match);
  REPLY_IF_ERROR(version::set_protection_rules(engine_.repositories, repository, patterns, if_etag));
  return empty_reply(204);
}

http::Response Handlers::create_branch_protection_rule_preflight(
    Call&, const api::CreateBranchProtectionRulePreflightParams& params) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  return empty_reply(204);
}

http::Response Handlers::internal_get_branch_protection_rules(
    Call&, const api::InternalGetBranchProtectionRulesParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto rules, version::protection_rules(engine_.repositories, repository));
  return json_text(200, rules_json(rules));
}

http::Response Handlers::internal_create_branch_protection_rule(
    Call&, const api::InternalCreateBranchProtectionRuleParams& params,
    const api::BranchProtectionRule& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(
      change_rules(engine_.repositories, repository, [&](std::vector<std::string>& patterns) -> Status {
        patterns.push_back(body.pattern);
        return {};
      }));
  return empty_reply(204);
}

http::Response Handlers::internal_delete_branch_protection_rule(
    Call&, const api::InternalDeleteBranchProtectionRuleParams& params,
    const api::InternalDeleteBranchProtectionRuleBody& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const Status removed =
      change_rules(engine_.repositories, repository, [&](std::vector<std::string>& patterns) -> Status {
        if (std::erase(patterns, body.pattern) == 0) return Error{Code::not_found, ""};
        return {};
      });
  if (!removed && removed.error().code == Code::not_found) return empty_reply(404);
  if (!removed) return error_reply(removed.error());
  return empty_reply(204);
}

}  // namespace mere::rest
