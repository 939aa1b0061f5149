#include "serve/local_lake.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "client/config.h"
#include "serve/local_access.h"

namespace mere::serve {
namespace {

class FolderTransport final : public client::Transport {
 public:
  FolderTransport(LocalLake lake, std::string folder)
      : lake_(std::move(lake)),
        way_(client::make_local_transport(lake_.program->handler(), std::move(folder))) {}

  Task<std::variant<http::Response, http::SendError>> send(http::Request request,
                                                           http::SendOptions options) override {
    return way_->send(std::move(request), std::move(options));
  }
  const std::string& name() const override { return way_->name(); }

 private:
  LocalLake lake_;
  std::unique_ptr<client::Transport> way_;
};

Result<std::string> canonical(const std::string& folder) {
  std::error_code problem;
  std::string path = std::filesystem::weakly_canonical(std::filesystem::absolute(folder), problem);
  if (problem) return Error{Code::invalid_argument, fmt::format("{}: {}", folder, problem.message())};
  return path;
}

client::SessionOptions options_with(std::string token) {
  client::SessionOptions options;
  options.credentials.token = std::move(token);
  return options;
}

}  // namespace

Result<LocalWay> open_folder(const std::string& folder, bool create) {
  ASSIGN_OR_RETURN(const std::string path, canonical(folder));
  Config config;
  config.data_dir = path;
  config.object_cache_bytes = 16u << 20;    // the memory is the program's that opens it
  config.blockstore.import_enabled = true;  // whoever opens the folder may read what this process may read
  config.blockstore.allowed_external_prefixes = {"/"};
  ASSIGN_OR_RETURN(LocalLake lake, open_local_lake(config, create));
  LocalWay way;
  way.token = lake.token;
  way.transport = std::make_unique<FolderTransport>(std::move(lake), path);
  return way;
}

Result<client::Lake> open_lake(const std::string& folder, bool create) {
  Result<LocalWay> way = open_folder(folder, create);
  if (way) return client::Lake::over(std::move(way->transport), options_with(way->token));
  if (way.error().code != Code::unavailable) return way.error();
  ASSIGN_OR_RETURN(const std::string path, canonical(folder));
  if (const auto serving = find_serving(path)) {
    return client::Lake::connect(serving->address, options_with(serving->token));
  }
  return Error{Code::unavailable,
               fmt::format("the lake in {} is open already; to share it with other processes, start "
                           "`mere serve --data {}`, which all can connect to",
                           path, path)};
}

Result<client::Lake> open_configured_lake() {
  ASSIGN_OR_RETURN(client::Settings settings, client::load_settings(client::process_environment()));
  if (!settings.folder.empty()) return open_lake(settings.folder);
  return client::Lake::connect(settings.url, std::move(settings.session));
}

}  // namespace mere::serve
