#include "client/config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace mere::client {
namespace {

constexpr std::array<std::string_view, 3> kFamilies = {"MERE_", "LAKECTL_", "LAKEFS_"};  // the first wins

std::optional<std::string> first_of(const Environment& environment, std::string_view name) {
  for (const std::string_view family : kFamilies) {
    if (auto value = environment(std::string(family) + std::string(name))) return value;
  }
  return std::nullopt;
}

std::string text_at(const YAML::Node& block, const char* key) {
  if (!block.IsDefined() || !block.IsMap() || !block[key] || !block[key].IsScalar()) return "";
  return block[key].Scalar();
}

Status no_role(std::string_view provider, const std::string& place) {
  return Error{
      Code::not_implemented,
      fmt::format(
          "{}: the provider {} needs an external authentication service, which Mere's servers do not "
          "have: use an access key, or set MERE_CREDENTIALS_SESSION_TOKEN to a token of such a service",
          place, provider)};
}

Status read_file(const std::string& path, bool must_exist, Settings& settings, std::string& provider) {
  std::ifstream file(path);
  if (!file) {
    if (!must_exist) return {};
    return Error{Code::not_found, fmt::format("{}: the configuration file cannot be read", path)};
  }
  std::stringstream text;
  text << file.rdbuf();
  try {
    const YAML::Node root = YAML::Load(text.str());
    if (!root.IsMap()) return {};
    settings.url = text_at(root["server"], "endpoint_url");
    const YAML::Node credentials = root["credentials"];
    settings.session.credentials.access_key_id = text_at(credentials, "access_key_id");
    settings.session.credentials.secret_access_key = text_at(credentials, "secret_access_key");
    if (credentials.IsDefined() && credentials.IsMap()) provider = text_at(credentials["provider"], "type");
  } catch (const YAML::Exception& problem) {
    return Error{Code::invalid_argument, fmt::format("{}: {}", path, problem.what())};
  }
  return {};
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Result<Settings> load_settings(const Environment& environment) {
  Settings settings;
  if (const auto folder = environment("MERE_LAKE"); folder && !folder->empty()) {
    settings.folder = *folder;
    return settings;
  }
  Credentials& who = settings.session.credentials;
  std::string provider;
  const auto named = first_of(environment, "CONFIG_FILE");
  const auto home = environment("HOME");
  const std::string file = named ? *named : home ? *home + "/.lakectl.yaml" : "";
  if (!file.empty()) RETURN_IF_ERROR(read_file(file, named.has_value(), settings, provider));

  if (const auto url = first_of(environment, "SERVER_ENDPOINT_URL")) settings.url = *url;
  if (const auto token = first_of(environment, "CREDENTIALS_SESSION_TOKEN")) {
    who = {};
    who.token = *token;
  } else {
    for (const std::string_view family : kFamilies) {
      const std::string prefix = std::string(family) + "CREDENTIALS_";
      const auto key = environment(prefix + "ACCESS_KEY_ID");
      const auto secret = environment(prefix + "SECRET_ACCESS_KEY");
      if (!key || !secret) continue;
      who.access_key_id = *key;
      who.secret_access_key = *secret;
      break;
    }
  }
  if (who.token.empty() && (who.access_key_id.empty() || who.secret_access_key.empty())) {
    if (const auto named_provider = first_of(environment, "CREDENTIALS_PROVIDER_TYPE"))
      provider = *named_provider;
    if (!provider.empty()) RETURN_IF_ERROR(no_role(provider, file.empty() ? "the environment" : file));
    return Error{Code::unauthenticated,
                 "no credentials: set MERE_LAKE (a folder), or MERE_SERVER_ENDPOINT_URL and "
                 "MERE_CREDENTIALS_ACCESS_KEY_ID with MERE_CREDENTIALS_SECRET_ACCESS_KEY, or write "
                 "~/.lakectl.yaml"};
  }
  if (settings.url.empty()) {
    return Error{Code::invalid_argument,
                 "no server: set MERE_SERVER_ENDPOINT_URL, or server.endpoint_url in ~/.lakectl.yaml"};
  }
  return settings;
}

}  // namespace mere::client
