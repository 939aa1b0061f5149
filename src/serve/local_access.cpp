#include "serve/local_access.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/json_writer.h"
#include "base/log.h"
#include "serve/secrets.h"
#include "yaml-cpp/yaml.h"

namespace mere::serve {
namespace {

std::string serving_path(const std::string& folder) {
  return folder + "/serving.json";
}

bool holds_lake(const Config& config) {
  const std::string state =
      config.database_path.empty() ? config.data_dir + "/metadata" : config.database_path;
  return std::filesystem::exists(state);
}

}  // namespace

Result<std::string> administrator_token(const auth::Auth& auth) {
  ASSIGN_OR_RETURN(const auto users, auth.users());
  if (users.empty()) return Error{Code::not_found, "the lake has no user yet"};
  return auth.passing_token(users.front().id);
}

Result<LocalLake> open_local_lake(const Config& config, bool create) {
  if (!create && !holds_lake(config)) {
    return Error{Code::not_found, fmt::format("there is no lake in {}", config.data_dir)};
  }
  LocalLake lake;
  ASSIGN_OR_RETURN(lake.program, Program::open(config));
  ::unlink(serving_path(config.data_dir).c_str());  // of a server that was killed: the lake is open here now
  auth::Auth& auth = lake.program->auth();
  ASSIGN_OR_RETURN(const bool initialized, auth.is_initialized());
  if (!initialized) RETURN_IF_ERROR(auth.setup("admin", std::nullopt, std::nullopt));
  ASSIGN_OR_RETURN(lake.token, administrator_token(auth));
  return lake;
}

std::optional<Serving> find_serving(const std::string& folder) {
  std::ifstream file(serving_path(folder));
  if (!file) return std::nullopt;
  try {
    const YAML::Node node = YAML::Load(file);  // JSON is YAML
    Serving serving{node["address"].as<std::string>(), node["token"].as<std::string>()};
    if (serving.address.empty() || serving.token.empty()) return std::nullopt;
    return serving;
  } catch (const YAML::Exception&) {
    return std::nullopt;  // damaged, or not ours
  }
}

ServingFile::ServingFile(const std::string& folder, const Serving& serving) : path_(serving_path(folder)) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("address");
  json.string(serving.address);
  json.key("token");
  json.string(serving.token);
  json.end_object();
  const Status written = write_private_file(path_, text);
  if (!written) log::warn("telling where the lake is served", {{"error", written.error().message}});
}

ServingFile::~ServingFile() {
  ::unlink(path_.c_str());
}

}  // namespace mere::serve
