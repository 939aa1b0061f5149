// Users and logins. The installation has one admin with one key pair; groups, policies, further users and
// keys answer 501, as an open-source lakeFS does.
#include "rest/convert.h"
#include "rest/handlers.h"
#include "rest/session_cookie.h"

namespace mere::rest {
namespace {

http::Response not_implemented() {
  return error_reply(501, "Not Implemented");
}

api::User to_api(const auth::User& user) {
  api::User made;
  made.id = user.id;
  made.creation_date = user.creation_date.seconds;
  made.email = user.email;
  made.friendly_name = user.friendly_name;
  return made;
}

// Ids must not hold '%': they stand in paths.
Status check_id(std::string_view kind, std::string_view id) {
  if (id.find('%') == std::string_view::npos) return {};
  return Error{Code::invalid_argument, std::string(kind) + " name cannot contain '%'"};
}

// Something before one '@' and a name with a dot behind it.
bool looks_like_email(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && text.find('@', at + 1) == std::string_view::npos &&
         at + 1 < text.size() && text.find_first_of(" \t\r\n<>\"") == std::string_view::npos;
}

}  // namespace

http::Response Handlers::get_current_user(Call& call, const api::GetCurrentUserParams&) {
  api::CurrentUser answer;
  if (!call.principal.user_id.empty()) {
    ASSIGN_OR_REPLY(const auto user, context_.auth.user(call.principal.user_id));
    answer.user = to_api(user);
  }
  return json_reply(200, answer);
}

http::Response Handlers::login(Call& call, const api::LoginParams&,
                               const std::optional<api::LoginInformation>& body) {
  if (!body) return error_reply(401, "error authenticating request");
  ASSIGN_OR_REPLY(const auto login, context_.auth.login(body->access_key_id, body->secret_access_key));
  api::AuthenticationToken answer;
  answer.token = login.token;
  answer.token_expiration = login.expires_at;
  http::Response response = json_reply(200, answer);
  response.headers.add(
      "Set-Cookie", session_cookie(context_.auth.cookie_for(login), lake_.clock.now(), call.request.secure));
  return response;
}

http::Response Handlers::get_auth_capabilities(Call&, const api::GetAuthCapabilitiesParams&) {
  api::AuthCapabilities answer;
  answer.invite_user = false;
  return json_reply(200, answer);
}

http::Response Handlers::list_users(Call&, const api::ListUsersParams&) {
  ASSIGN_OR_REPLY(const auto users, context_.auth.users());
  api::UserList list;
  for (const auto& user : users) list.results.push_back(to_api(user));
  list.pagination.results = static_cast<std::int64_t>(users.size());
  return json_reply(200, list);
}

http::Response Handlers::create_user(Call&, const api::CreateUserParams&,
                                     const std::optional<api::UserCreation>& body) {
  if (!body) return error_reply(400, "request body has an error: value is required but missing");
  REPLY_IF_ERROR(check_id("User", body->id));
  if (body->invite_user.value_or(false)) {
    return looks_like_email(body->id) ? not_implemented() : error_reply(400, "Invalid email format");
  }
  return error_reply(409, "Already exists");
}

http::Response Handlers::get_user(Call&, const api::GetUserParams& params) {
  ASSIGN_OR_REPLY(const auto user, context_.auth.user(params.user_id));
  return json_reply(200, to_api(user));
}

http::Response Handlers::delete_user(Call&, const api::DeleteUserParams& params) {
  REPLY_IF_ERROR(context_.auth.remove_user(params.user_id));
  return empty_reply(204);
}

http::Response Handlers::create_credentials(Call&, const api::CreateCredentialsParams& params) {
  REPLY_IF_ERROR(context_.auth.user(params.user_id));
  return error_reply(400, "exceeded number of allowed credentials: invalid request");
}

http::Response Handlers::get_credentials(Call&, const api::GetCredentialsParams& params) {
  const auto found = context_.auth.credentials(params.access_key_id);
  if (!found && found.error().code != Code::not_found) return error_reply(found.error());
  if (!found || found->user_id != params.user_id) return error_reply(404, "credentials not found");
  api::Credentials answer;
  answer.access_key_id = found->access_key_id;
  answer.creation_date = found->creation_date.seconds;
  return json_reply(200, answer);
}

http::Response Handlers::create_group(Call&, const api::CreateGroupParams&,
                                      const std::optional<api::GroupCreation>& body) {
  if (body) REPLY_IF_ERROR(check_id("Group", body->id));
  return not_implemented();
}

http::Response Handlers::create_policy(Call&, const api::CreatePolicyParams&, const api::Policy& body) {
  REPLY_IF_ERROR(check_id("Policy", body.id));
  return not_implemented();
}

http::Response Handlers::oauth_callback(Call&, const api::OauthCallbackParams&) {
  return empty_reply(200);
}

http::Response Handlers::external_principal_login(Call&, const api::ExternalPrincipalLoginParams&,
                                                  const std::optional<api::ExternalLoginInformation>&) {
  return not_implemented();
}
http::Response Handlers::sts_login(Call&, const api::StsLoginParams&, const api::StsAuthRequest&) {
  return not_implemented();
}
http::Response Handlers::list_groups(Call&, const api::ListGroupsParams&) {
  return not_implemented();
}
http::Response Handlers::get_group(Call&, const api::GetGroupParams&) {
  return not_implemented();
}
http::Response Handlers::delete_group(Call&, const api::DeleteGroupParams&) {
  return not_implemented();
}
http::Response Handlers::list_policies(Call&, const api::ListPoliciesParams&) {
  return not_implemented();
}
http::Response Handlers::get_policy(Call&, const api::GetPolicyParams&) {
  return not_implemented();
}
http::Response Handlers::update_policy(Call&, const api::UpdatePolicyParams&, const api::Policy&) {
  return not_implemented();
}
http::Response Handlers::delete_policy(Call&, const api::DeletePolicyParams&) {
  return not_implemented();
}
http::Response Handlers::list_group_members(Call&, const api::ListGroupMembersParams&) {
  return not_implemented();
}
http::Response Handlers::add_group_membership(Call&, const api::AddGroupMembershipParams&) {
  return not_implemented();
}
http::Response Handlers::delete_group_membership(Call&, const api::DeleteGroupMembershipParams&) {
  return not_implemented();
}
http::Response Handlers::list_user_credentials(Call&, const api::ListUserCredentialsParams&) {
  return not_implemented();
}
http::Response Handlers::delete_credentials(Call&, const api::DeleteCredentialsParams&) {
  return not_implemented();
}
http::Response Handlers::list_user_groups(Call&, const api::ListUserGroupsParams&) {
  return not_implemented();
}
http::Response Handlers::list_user_policies(Call&, const api::ListUserPoliciesParams&) {
  return not_implemented();
}
http::Response Handlers::attach_policy_to_user(Call&, const api::AttachPolicyToUserParams&) {
  return not_implemented();
}
http::Response Handlers::detach_policy_from_user(Call&, const api::DetachPolicyFromUserParams&) {
  return not_implemented();
}
http::Response Handlers::create_user_external_principal(
    Call&, const api::CreateUserExternalPrincipalParams&,
    const std::optional<api::ExternalPrincipalCreation>&) {
  return not_implemented();
}
http::Response Handlers::delete_user_external_principal(Call&,
                                                        const api::DeleteUserExternalPrincipalParams&) {
  return not_implemented();
}
http::Response Handlers::list_user_external_principals(Call&, const api::ListUserExternalPrincipalsParams&) {
  return not_implemented();
}
http::Response Handlers::get_external_principal(Call&, const api::GetExternalPrincipalParams&) {
  return not_implemented();
}
http::Response Handlers::list_group_policies(Call&, const api::ListGroupPoliciesParams&) {
  return not_implemented();
}
http::Response Handlers::attach_policy_to_group(Call&, const api::AttachPolicyToGroupParams&) {
  return not_implemented();
}
http::Response Handlers::detach_policy_from_group(Call&, const api::DetachPolicyFromGroupParams&) {
  return not_implemented();
}
http::Response Handlers::get_group_acl(Call&, const api::GetGroupAclParams&) {
  return not_implemented();
}
http::Response Handlers::set_group_acl(Call&, const api::SetGroupAclParams&, const api::Acl&) {
  return not_implemented();
}
}  // namespace mere::rest
