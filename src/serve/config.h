// Settings of a server: defaults, then a YAML file, then the environment, then flags.
//
// Keys are lakeFS's where both have them (docs/reference/configuration.md). In the environment a key
// is MERE_ + upper case with '_' for '.', and LAKEFS_… is understood for the keys that lakeFS has; MERE_
// wins.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "serve/setters.h"
#include "serve/store_config.h"

namespace mere::serve {

struct Config {
  std::string data_dir = "mere-data";  // holds what has no path of its own: metadata, objects, secrets
  std::string listen_address = "127.0.0.1:8000";

  std::string database_type = "local";  // local (RocksDB) or mem
  std::string database_path;            // "": <data_dir>/metadata
  bool database_sync_writes = true;
  bool database_cut_damaged_log = false;

  StoreConfig blockstore;                // the only store, unless there are
  std::vector<StoreConfig> blockstores;  // several: `blockstores.stores`
  std::string signing_secret;            // "": derived from the installation's secret

  std::string external_url;  // "": as requests name the server
  std::chrono::seconds uploads_abandoned_after{7 * 24 * 3600};

  std::string auth_secret;  // "": made once, kept in <data_dir>/secret.key
  std::chrono::seconds login_duration{168 * 3600};
  std::string logout_redirect_url = "/auth/login";

  std::string installation_user_name;  // all three: the first admin, if there is none yet
  std::string installation_access_key_id;
  std::string installation_secret_access_key;
  std::string installation_fixed_id;

  std::vector<std::string> s3_domain_names{"s3.local.lakefs.io"};  // lower case
  std::string s3_region = "us-east-1";
  std::string s3_fallback_url;
  bool s3_verify_unsupported = true;
  std::string s3_create_bucket_namespace_prefix;

  std::string committed_prefix = "_lakefs";
  std::uint64_t min_range_size_bytes = 0;
  std::uint64_t max_range_size_bytes = 20u << 20;
  std::uint64_t range_raggedness_entries = 5'000;
  std::uint64_t table_cache_bytes = 16u << 20;
  std::uint64_t compact_after_entries = 50'000;

  log::Options logging;
  log::Level audit_log_level = log::Level::debug;

  std::string tls_certificate_file;
  std::string tls_key_file;
  bool tls_enabled = false;

  std::size_t io_threads = 0;  // 0: one a core
  // A thread waits for the disk with its upload, and those that wait together share a sync: with 64 clients
  // 32 threads took a third more uploads than 16, and 64 no more than 32.
  std::size_t worker_threads = 32;
  std::size_t max_connections = 16'384;
  std::size_t max_header_bytes = 64u << 10;
  std::size_t body_memory_bytes = 256u << 20;
  std::size_t object_cache_bytes = 64u << 20;
  std::chrono::seconds header_timeout{20};
  std::chrono::seconds idle_timeout{75};
  std::chrono::seconds body_timeout{60};
  std::size_t min_body_rate = 1024;  // bytes a second
  std::chrono::seconds shutdown_grace{30};

  std::chrono::seconds usage_flush_interval{300};
};

// One key: how its text becomes a setting.
struct ConfigKey {
  std::string_view name;  // "logging.level"
  std::string_view help;
  std::function<Status(Config&, const std::string&)> set;  // null: a key of lakeFS's that has no effect here
};
const std::vector<ConfigKey>& config_keys();

// Sets one key. `invalid_argument` names the key and what it takes, or the nearest key if it is unknown.
Status set_key(Config& config, std::string_view key, const std::string& value);

struct LoadedConfig {
  Config config;
  std::string file;                         // "" if none was read
  std::vector<std::string> without_effect;  // keys that were set but mean nothing here
};

// `file`: nullopt looks at ./mere.yaml, ~/.mere/config.yaml, /etc/mere/config.yaml.
// `environment`: "NAME=value" strings. Errors: `not_found` (a file that was named), `invalid_argument`.
Result<LoadedConfig> load_config(const std::optional<std::string>& file,
                                 const std::vector<std::string>& environment);

}  // namespace mere::serve
