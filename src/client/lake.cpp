#include "client/lake.h"

#include <fmt/format.h>

#include <utility>

namespace mere::client {

Result<Lake> Lake::connect(const std::string& url, SessionOptions options) {
  ASSIGN_OR_RETURN(auto session, Session::connect(url, std::move(options)));
  return Lake(Api(std::move(session)));
}

Result<Lake> Lake::connect() {
  ASSIGN_OR_RETURN(Settings settings, load_settings(process_environment()));
  if (!settings.folder.empty()) {
    return Error{
        Code::invalid_argument,
        fmt::format("MERE_LAKE names the folder {}: open it with mere::serve::open_lake", settings.folder)};
  }
  return connect(settings.url, std::move(settings.session));
}

Lake Lake::over(std::unique_ptr<Transport> transport, SessionOptions options) {
  return Lake(Api(Session::over(std::move(transport), std::move(options))));
}

Result<Repository> Lake::create_repository(std::string name, const RepositoryOptions& options) const {
  api::RepositoryCreation creation;
  creation.name = name;
  creation.storage_namespace = options.storage_namespace;
  creation.default_branch = options.default_branch;
  creation.sample_data = options.sample_data;
  creation.read_only = options.read_only;
  Repository made = repository(std::move(name));
  if (creation.storage_namespace.empty()) {
    ASSIGN_OR_RETURN(const api::Config config, about(made.uri(), api_.get_config()));
    if (!config.storage_config || !config.storage_config->default_namespace_prefix) {
      return Error{
          Code::invalid_argument,
          fmt::format("{}: the server has no default place for repositories; say a storage_namespace",
                      made.uri())};
    }
    std::string prefix = *config.storage_config->default_namespace_prefix;
    if (!prefix.ends_with('/')) prefix += '/';
    creation.storage_namespace = prefix + creation.name;
  }
  RETURN_IF_ERROR(about(made.uri(), api_.create_repository({}, creation)));
  return made;
}

Listing<api::Repository> Lake::repositories(std::string prefix) const {
  return listing_of<api::Repository>([api = api_, prefix = std::move(prefix)](const std::string& after) {
    api::ListRepositoriesParams page;
    page.prefix = prefix;
    page.after = after;
    page.amount = 1000;
    return api.list_repositories(page);
  });
}

Result<std::string> Lake::version() const {
  ASSIGN_OR_RETURN(const api::Config config, api_.get_config());
  return config.version_config ? config.version_config->version.value_or("") : "";
}

}  // namespace mere::client
