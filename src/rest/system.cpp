#include <fmt/format.h>

#include "auth/header_credentials.h"
#include "rest/convert.h"
#include "rest/handlers.h"
#include "rest/presign.h"

namespace mere::rest {
namespace {

constexpr std::int64_t kGarbageCollectionGraceSeconds = 24 * 3600;

api::StorageConfig storage_config(const Context& context, const Call& call, const block::Capabilities& able) {
  const lake::PresignAbility presign =
      context.lake.presigner.ability(able.storage_id, origin_of(call.request, context.settings));
  api::StorageConfig config;
  config.blockstore_type = able.type;
  config.blockstore_namespace_example = able.namespace_example;
  config.blockstore_namespace_validity_regex = able.namespace_regex;
  config.default_namespace_prefix = able.default_namespace_prefix;
  config.pre_sign_support = presign.get_and_put;
  config.pre_sign_support_ui = presign.in_ui;
  config.import_support = able.can_import;
  config.import_validity_regex = able.import_regex;
  config.pre_sign_multipart_upload = presign.multipart;
  config.blockstore_id = able.storage_id;
  config.blockstore_description = able.description;
  return config;
}

// Of the store that repositories get which name none: the default, else the first.
const block::Capabilities& main_store(const block::Store& store) {
  const block::Capabilities& main = store.capabilities("");
  return main.type.empty() ? store.capabilities(store.storage_ids().front()) : main;
}

// Empty where there is one store without an id, as lakeFS answers it.
api::StorageConfigList storage_config_list(const Context& context, const Call& call) {
  const block::Store& store = context.lake.store;
  api::StorageConfigList list;
  const std::vector<std::string> ids = store.storage_ids();
  if (ids.size() == 1 && ids.front().empty()) return list;
  for (const std::string& id : ids) list.push_back(storage_config(context, call, store.capabilities(id)));
  return list;
}

api::VersionConfig version_config(const Settings& settings) {
  api::VersionConfig config;
  config.version = settings.version;
  config.version_context = "lakeFS";
  return config;
}

api::LoginConfig login_config() {
  api::LoginConfig config;
  config.rbac = api::LoginConfigRbac::none;
  config.login_url = "";
  config.login_url_method = api::LoginConfigLoginUrlMethod::none;
  config.login_failed_message = "The credentials don't match.";
  config.login_cookie_names = {std::string(auth::kSessionCookie)};
  config.logout_url = "";
  return config;
}

http::Response usage_text(const std::string& installation, const std::vector<lake::MonthlyUsage>& report) {
  std::string text = "Usage for installation ID: " + installation + "\n";
  for (const auto& month : report)
    text += fmt::format("{:04}-{:02}: {:>12}\n", month.year, month.month, month.count);
  return text_reply(200, std::move(text));
}

}  // namespace

http::Response Handlers::setup_comm_prefs(Call&, const api::SetupCommPrefsParams&,
                                          const api::CommPrefsInput&) {
  ASSIGN_OR_REPLY(const bool initialized, context_.auth.is_initialized());
  if (!initialized) return error_reply(412, "lakeFS is not initialized");
  // Mere sends no e-mail, so there is nothing left to choose.
  return error_reply(409, "communication preferences already set");
}

http::Response Handlers::get_setup_state(Call&, const api::GetSetupStateParams&) {
  ASSIGN_OR_REPLY(const bool initialized, context_.auth.is_initialized());
  api::SetupState state;
  state.state =
      initialized ? api::InitializationState::initialized : api::InitializationState::not_initialized;
  state.comm_prefs_missing = false;
  state.login_config = login_config();
  return json_reply(200, state);
}

http::Response Handlers::setup(Call&, const api::SetupParams&, const api::Setup& body) {
  std::optional<std::string> access_key_id;
  std::optional<std::string> secret_access_key;
  if (body.key) {
    access_key_id = body.key->access_key_id;
    secret_access_key = body.key->secret_access_key;
  }
  ASSIGN_OR_REPLY(const auto made, context_.auth.setup(body.username, access_key_id, secret_access_key));
  api::CredentialsWithSecret answer;
  answer.access_key_id = made.access_key_id;
  answer.secret_access_key = made.secret_access_key;
  answer.creation_date = made.creation_date.seconds;
  return json_reply(200, answer);
}

http::Response Handlers::health_check(Call&, const api::HealthCheckParams&) {
  return empty_reply(204);
}

http::Response Handlers::get_config(Call& call, const api::GetConfigParams&) {
  api::Config config;
  config.version_config = version_config(context_.settings);
  config.storage_config = storage_config(context_, call, main_store(lake_.store));
  config.storage_config_list = storage_config_list(context_, call);
  config.ui_config.emplace();
  config.capabilities_config.emplace();
  return json_reply(200, config);
}

http::Response Handlers::get_lake_fs_version(Call&, const api::GetLakeFsVersionParams&) {
  return json_reply(200, version_config(context_.settings));
}

http::Response Handlers::get_storage_config(Call& call, const api::GetStorageConfigParams&) {
  return json_reply(200, storage_config(context_, call, main_store(lake_.store)));
}

http::Response Handlers::get_garbage_collection_config(Call&, const api::GetGarbageCollectionConfigParams&) {
  api::GarbageCollectionConfig config;
  config.grace_period = kGarbageCollectionGraceSeconds;
  return json_reply(200, config);
}

// Clients report what they did; Mere keeps no such statistics, but a malformed report is still told.
http::Response Handlers::post_stats_events(Call&, const api::PostStatsEventsParams&,
                                           const api::StatsEventsList& body) {
  for (const auto& event : body.events) {
    if (event.class_.empty()) return error_reply(400, "invalid value: class is required");
    if (event.name.empty()) return error_reply(400, "invalid value: name is required");
    if (event.count < 0) return error_reply(400, "invalid value: count must be a non-negative integer");
  }
  return empty_reply(204);
}

http::Response Handlers::get_usage_report_summary(Call& call, const api::GetUsageReportSummaryParams&) {
  REPLY_IF_ERROR(lake_.usage.flush());
  ASSIGN_OR_REPLY(const auto report, lake_.usage.report());
  ASSIGN_OR_REPLY(const auto installation, context_.auth.installation_id());
  if (call.request.headers.get("Accept") == "text/plain") return usage_text(installation, report);
  api::InstallationUsageReport answer;
  answer.installation_id = installation;
  for (const auto& month : report) {
    api::UsageReport one;
    one.year = month.year;
    one.month = month.month;
    one.count = month.count;
    answer.reports.push_back(one);
  }
  return json_reply(200, answer);
}

}  // namespace mere::rest
