#include "serve/stores.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/random.h"
#include "block/azure_store.h"
#include "block/gcs_store.h"
#include "block/local_store.h"
#include "block/s3_store.h"
#include "block/store_set.h"

namespace mere::serve {
namespace {

Result<std::unique_ptr<block::Store>> open_local(const Config& config, const StoreConfig& settings,
                                                 SharedLog& log, block::FileSystem& files) {
  block::LocalOptions options;
  options.root = settings.local_path.empty() ? config.data_dir + "/objects" : settings.local_path;
  options.import_enabled = settings.import_enabled;
  options.import_hidden = settings.import_hidden;
  options.allowed_external_prefixes = settings.allowed_external_prefixes;
  options.sync_writes = config.database_sync_writes;
  options.shared_log = &log;
  options.shared_log_name = settings.id;
  return block::open_local_store(options, files);
}

Result<std::unique_ptr<block::Store>> open_store(const Config& config, const StoreConfig& settings,
                                                 SharedLog& log, block::FileSystem& files) {
  if (settings.type == "local") return open_local(config, settings, log, files);
  if (settings.type == "s3") return block::open_s3_store(settings.s3, system_clock(), system_random());
  if (settings.type == "azure")
    return block::open_azure_store(settings.azure, system_clock(), system_random());
  if (settings.type == "gs") {
    block::GcsOptions gs = settings.gs;
    gs.metadata_folder = config.committed_prefix;
    return block::open_gcs_store(gs, system_clock(), system_random());
  }
  if (settings.type == "mem") return block::make_memory_store(system_clock());
  return Error{Code::invalid_argument, fmt::format("there is no store of the type '{}'", settings.type)};
}

block::NamedStore named(const StoreConfig& settings, std::unique_ptr<block::Store> store) {
  return {settings.id, settings.description, settings.backward_compatible, settings.default_namespace_prefix,
          std::move(store)};
}

const lake::PresignSettings& presign_settings(const StoreConfig& store) {
  if (store.type == "s3") return store.s3_urls;
  if (store.type == "azure") return store.azure_urls;
  if (store.type == "gs") return store.gs_urls;
  return store.links;
}

}  // namespace

Result<std::unique_ptr<block::Store>> open_stores(const Config& config, SharedLog& log,
                                                  block::FileSystem& files) {
  std::vector<block::NamedStore> stores;
  if (config.blockstores.empty()) {
    ASSIGN_OR_RETURN(auto store, open_store(config, config.blockstore, log, files));
    if (config.blockstore.default_namespace_prefix.empty()) return store;
    stores.push_back(named(config.blockstore, std::move(store)));
    return block::make_store_set(std::move(stores));
  }
  for (const StoreConfig& settings : config.blockstores) {
    auto store = open_store(config, settings, log, files);
    if (!store) return with_context(fmt::format("store '{}'", settings.id), std::move(store).error());
    stores.push_back(named(settings, *std::move(store)));
  }
  return block::make_store_set(std::move(stores));
}

bool has_local_store(const Config& config) {
  if (config.blockstores.empty()) return config.blockstore.type == "local";
  return std::any_of(config.blockstores.begin(), config.blockstores.end(),
                     [](const StoreConfig& settings) { return settings.type == "local"; });
}

std::map<std::string, lake::PresignSettings> presign_settings(const Config& config) {
  std::map<std::string, lake::PresignSettings> settings;
  const auto add = [&](const std::string& id, const StoreConfig& store) {
    settings[id] = presign_settings(store);
  };
  if (config.blockstores.empty()) add("", config.blockstore);
  for (const StoreConfig& store : config.blockstores) {
    add(store.id, store);
    if (store.backward_compatible) add("", store);
  }
  return settings;
}

}  // namespace mere::serve
