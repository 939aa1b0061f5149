#include "serve/config.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cstdlib>

#include "serve/lakefs_keys.h"

namespace mere::serve {
namespace {

std::optional<log::Level> parse_level(const std::string& value) {
  const std::string word = ascii_lower(value);
  if (word == "trace") return log::Level::trace;
  if (word == "debug") return log::Level::debug;
  if (word == "info") return log::Level::info;
  if (word == "warn" || word == "warning") return log::Level::warn;
  if (word == "error" || word == "panic") return log::Level::error;
  if (word == "none" || word == "null") return log::Level::none;
  return std::nullopt;
}

Status set_level(Config& config, const std::string& value) {
  const auto level = parse_level(value);
  if (!level) return invalid_value("logging.level", value, "one of: trace, debug, info, warn, error, none");
  config.logging.level = *level;
  return {};
}

Status set_audit_level(Config& config, const std::string& value) {
  const auto level = parse_level(value);
  if (!level)
    return invalid_value("logging.audit_log_level", value, "one of: trace, debug, info, warn, error, none");
  config.audit_log_level = *level;
  return {};
}

Status set_log_format(Config& config, const std::string& value) {
  if (value != "text" && value != "json") return invalid_value("logging.format", value, "one of: text, json");
  config.logging.format = value == "json" ? log::Format::json : log::Format::text;
  return {};
}

Status set_log_output(Config& config, const std::string& value) {
  config.logging.outputs = split_list(value);
  return {};
}

// Hosts are compared without letter case. A domain below another would make the other's bucket of it.
Status set_s3_domains(Config& config, const std::string& value) {
  std::vector<std::string> domains = split_list(ascii_lower(value));
  for (const std::string& domain : domains) {
    for (const std::string& other : domains) {
      if (domain != other && domain.ends_with("." + other)) {
        return invalid_value("gateways.s3.domain_name", value,
                             "a list of domains of which none lies below another");
      }
    }
  }
  config.s3_domain_names = std::move(domains);
  return {};
}

Status set_s3_fallback(Config& config, const std::string& value) {
  std::string_view host = value;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (host.starts_with(scheme)) host.remove_prefix(scheme.size());
  }
  if (!value.empty() && (host.size() == value.size() || host.empty())) {
    return invalid_value("gateways.s3.fallback_url", value, "a URL such as https://s3.amazonaws.com");
  }
  config.s3_fallback_url = value.ends_with('/') ? value.substr(0, value.size() - 1) : value;
  return {};
}

// Scheme and authority, without what may follow.
Status set_external_url(Config& config, const std::string& value) {
  std::string url = value;
  while (url.ends_with('/')) url.pop_back();
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  const bool good = scheme > 0 && url.size() > scheme &&
                    url.find_first_of("/?#@ \t\r\n\"<>\\", scheme) == std::string::npos;
  if (!value.empty() && !good)
    return invalid_value("external_url", value, "https://host or https://host:port");
  config.external_url = url;
  return {};
}

template <class Field, class Unit>
Setter<Config> logging_number(std::string_view key, Field log::Options::* field, Unit unit) {
  return [=](Config& config, const std::string& value) -> Status {
    std::uint64_t parsed = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, parsed);
    if (error != std::errc() || stop != end || parsed == 0 || parsed > 1'000'000) {
      return invalid_value(key, value, "a whole number from 1 to 1000000");
    }
    config.logging.*field = static_cast<Field>(parsed * unit);
    return {};
  };
}

// A key of the only store, as a key of the whole.
ConfigKey key_of(const StoreKey& key) {
  if (!key.set) return {key.name, key.help, nullptr};
  return {key.name, key.help, [set = key.set](Config& config, const std::string& value) {
            return set(config.blockstore, value);
          }};
}

std::vector<ConfigKey> make_keys() {
  constexpr std::uint64_t kMany = 1ull << 50;
  std::vector<ConfigKey> keys = {
      {"data_dir", "folder of the lake: metadata, objects and secrets", text(&Config::data_dir)},
      {"listen_address", "host:port", text(&Config::listen_address)},
      {"external_url", "where clients reach this server: https://host[:port]", set_external_url},
      {"database.type", "where metadata lies: local or mem",
       one_of("database.type", &Config::database_type, {"local", "mem"})},
      {"database.local.path", "folder of the metadata store", text(&Config::database_path)},
      {"database.local.sync_writes", "wait for the disk before acknowledging",
       flag("database.local.sync_writes", &Config::database_sync_writes)},
      {"database.local.cut_damaged_log", "start in spite of a damaged log: what follows the damage is lost",
       flag("database.local.cut_damaged_log", &Config::database_cut_damaged_log)},
  };
  for (const StoreKey& key : store_keys()) keys.push_back(key_of(key));
  const std::vector<ConfigKey> others = {
      {"blockstore.signing.secret_key", "signs the upload addresses handed to clients",
       text(&Config::signing_secret)},
      {"blockstores.stores", "several stores instead of one: a list of id, description, type, ...",
       [](Config& config, const std::string& value) -> Status {
         ASSIGN_OR_RETURN(config.blockstores, parse_stores(value));
         return {};
       }},
      {"blockstores.signing.secret_key", "as blockstore.signing.secret_key, where there are several stores",
       text(&Config::signing_secret)},
      {"uploads.abandoned_after", "uploads in parts that nobody has touched for so long are aborted",
       duration("uploads.abandoned_after", &Config::uploads_abandoned_after)},
      {"auth.encrypt.secret_key", "encrypts stored secrets, signs tokens and cookies",
       text(&Config::auth_secret)},
      {"auth.login_duration", "how long a login lasts",
       duration("auth.login_duration", &Config::login_duration)},
      {"auth.logout_redirect_url", "where /logout sends the browser", text(&Config::logout_redirect_url)},
      {"installation.user_name", "name of the first admin", text(&Config::installation_user_name)},
      {"installation.access_key_id", "key id of the first admin", text(&Config::installation_access_key_id)},
      {"installation.secret_access_key", "secret of the first admin",
       text(&Config::installation_secret_access_key)},
      {"installation.fixed_id", "installation id instead of a random one",
       text(&Config::installation_fixed_id)},
      {"gateways.s3.domain_name", "hosts of the S3 gateway; repo.<host> names a repository", set_s3_domains},
      {"gateways.s3.region", "the region that S3 clients are told", text(&Config::s3_region)},
      {"gateways.s3.fallback_url", "S3 service that gets the requests for unknown repositories",
       set_s3_fallback},
      {"gateways.s3.verify_unsupported", "answer 405 to sub-resources that mean nothing here",
       flag("gateways.s3.verify_unsupported", &Config::s3_verify_unsupported)},
      {"gateways.s3.create_bucket_namespace_prefix",
       "CreateBucket makes a repository in this storage namespace; empty: it is refused. "
       "DeleteBucket deletes one that holds nothing",
       text(&Config::s3_create_bucket_namespace_prefix)},
      {"committed.block_storage_prefix", "folder of committed metadata in a namespace",
       text(&Config::committed_prefix)},
      {"committed.permanent.min_range_size_bytes", "ranges smaller than this are not closed",
       number<std::uint64_t>("committed.permanent.min_range_size_bytes", &Config::min_range_size_bytes, 0,
                             kMany)},
      {"committed.permanent.max_range_size_bytes", "ranges are closed at this size",
       number<std::uint64_t>("committed.permanent.max_range_size_bytes", &Config::max_range_size_bytes, 1,
                             kMany)},
      {"committed.permanent.range_raggedness_entries", "average entries between random splits",
       number<std::uint64_t>("committed.permanent.range_raggedness_entries",
                             &Config::range_raggedness_entries, 1, kMany)},
      {"committed.sstable.memory.cache_size_bytes", "memory for decoded metadata blocks",
       number<std::uint64_t>("committed.sstable.memory.cache_size_bytes", &Config::table_cache_bytes,
                             1u << 20, kMany)},
      {"graveler.compaction_sensor_threshold", "uncommitted entries of a branch before they are compacted",
       number<std::uint64_t>("graveler.compaction_sensor_threshold", &Config::compact_after_entries, 1,
                             kMany)},
      {"logging.level", "trace, debug, info, warn, error or none", set_level},
      {"logging.audit_log_level", "level of the line that ends each request", set_audit_level},
      {"logging.format", "text or json", set_log_format},
      {"logging.output", "comma list of - (stdout), = (stderr) and file names", set_log_output},
      {"logging.file_max_size_mb", "log files are rotated at this size",
       logging_number("logging.file_max_size_mb", &log::Options::file_max_bytes, std::uint64_t{1} << 20)},
      {"logging.files_keep", "rotated log files that are kept",
       logging_number("logging.files_keep", &log::Options::files_kept, std::uint64_t{1})},
      {"tls.enabled", "serve HTTPS", flag("tls.enabled", &Config::tls_enabled)},
      {"tls.cert_file", "PEM certificate chain", text(&Config::tls_certificate_file)},
      {"tls.key_file", "PEM private key", text(&Config::tls_key_file)},
      {"server.io_threads", "threads that serve connections; 0: one a core",
       number<std::size_t>("server.io_threads", &Config::io_threads, 0, 256)},
      {"server.worker_threads", "threads that run blocking work",
       number<std::size_t>("server.worker_threads", &Config::worker_threads, 1, 1024)},
      {"server.max_connections", "further connections are answered 503",
       number<std::size_t>("server.max_connections", &Config::max_connections, 1, 1'000'000)},
      {"server.max_header_bytes", "larger request headers are answered 431",
       number<std::size_t>("server.max_header_bytes", &Config::max_header_bytes, 1024, 1u << 20)},
      {"server.body_memory_bytes", "memory for what is kept of request bodies, all together; 503 beyond it",
       number<std::size_t>("server.body_memory_bytes", &Config::body_memory_bytes, 1u << 20, kMany)},
      {"server.object_cache_bytes", "memory for objects of at most 16 KiB that were read lately",
       number<std::size_t>("server.object_cache_bytes", &Config::object_cache_bytes, 0, kMany)},
      {"server.header_timeout", "time to send a whole header",
       duration("server.header_timeout", &Config::header_timeout)},
      {"server.idle_timeout", "time a connection may rest between requests",
       duration("server.idle_timeout", &Config::idle_timeout)},
      {"server.body_timeout", "time a body may rest without a byte",
       duration("server.body_timeout", &Config::body_timeout)},
      {"server.min_body_rate", "bytes a second a request's body must bring; 0: any",
       number<std::size_t>("server.min_body_rate", &Config::min_body_rate, 0, 1u << 30)},
      {"server.shutdown_grace", "time for requests under way at shutdown",
       duration("server.shutdown_grace", &Config::shutdown_grace)},
      {"usage_report.flush_interval", "how often request counts are stored",
       duration("usage_report.flush_interval", &Config::usage_flush_interval)},
  };
  keys.insert(keys.end(), others.begin(), others.end());
  for (std::string_view name : kLakefsKeysWithoutEffect) keys.push_back({name, "", nullptr});
  return keys;
}

const ConfigKey* find_key(std::string_view name) {
  for (const ConfigKey& key : config_keys()) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

// Levenshtein distance, for "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

Error unknown_key(std::string_view name) {
  const auto nearest = std::min_element(
      config_keys().begin(), config_keys().end(),
      [&](const auto& a, const auto& b) { return distance(a.name, name) < distance(b.name, name); });
  std::string message = fmt::format("unknown configuration key '{}'", name);
  if (distance(nearest->name, name) <= 1 + name.size() / 4) {
    message += fmt::format("; did you mean '{}'?", nearest->name);
  }
  return Error{Code::invalid_argument, message};
}

// Nested maps become dotted keys; lists become comma lists.
Status flatten(const YAML::Node& node, const std::string& prefix, std::map<std::string, std::string>& into) {
  if (prefix == "blockstores.stores") {  // the one list of structures: its key takes YAML
    into[prefix] = YAML::Dump(node);
    return {};
  }
  if (node.IsMap()) {
    for (const auto& child : node) {
      const std::string key = child.first.as<std::string>();
      RETURN_IF_ERROR(flatten(child.second, prefix.empty() ? key : prefix + "." + key, into));
    }
    return {};
  }
  if (node.IsSequence()) {
    std::string joined;
    for (const auto& item : node) {
      if (!item.IsScalar()) {
        return Error{Code::invalid_argument,
                     fmt::format("configuration key '{}': lists hold plain values", prefix)};
      }
      joined += (joined.empty() ? "" : ",") + item.as<std::string>();
    }
    into[prefix] = joined;
    return {};
  }
  into[prefix] = node.IsNull() ? "" : node.as<std::string>();
  return {};
}

// As lakeFS has it: what is said of the only store would otherwise be ignored silently.
Status check_one_or_several(const std::map<std::string, std::string>& values) {
  const auto begins = [&](std::string_view prefix) {
    const auto found = values.lower_bound(std::string(prefix));
    return found != values.end() && found->first.starts_with(prefix);
  };
  if (!begins("blockstore.") || !begins("blockstores.")) return {};
  return Error{
      Code::invalid_argument,
      "configuration has both 'blockstore' and 'blockstores': one store, or several; put the settings "
      "of 'blockstore' into an entry of 'blockstores.stores' with 'backward_compatible: true'"};
}

std::string environment_name(std::string_view prefix, std::string_view key) {
  std::string name(prefix);
  for (char c : key) name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

bool exists(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0;
}

std::optional<std::string> default_file() {
  std::vector<std::string> places = {"mere.yaml"};
  if (const char* home = std::getenv("HOME")) places.push_back(std::string(home) + "/.mere/config.yaml");
  places.push_back("/etc/mere/config.yaml");
  for (const std::string& place : places) {
    if (exists(place)) return place;
  }
  return std::nullopt;
}

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys = make_keys();
  return keys;
}

Status set_key(Config& config, std::string_view key, const std::string& value) {
  const ConfigKey* found = find_key(key);
  if (found == nullptr) return unknown_key(key);
  if (!found->set) return {};
  return found->set(config, value);
}

Result<LoadedConfig> load_config(const std::optional<std::string>& file,
                                 const std::vector<std::string>& environment) {
  LoadedConfig loaded;
  std::map<std::string, std::string> values;

  if (file && !exists(*file))
    return Error{Code::not_found, fmt::format("configuration file '{}' does not exist", *file)};
  if (const auto path = file ? file : default_file()) {
    loaded.file = *path;
    try {
      const YAML::Node root = YAML::LoadFile(*path);
      if (root.IsMap()) {
        if (auto status = flatten(root, "", values); !status) return with_context(*path, status.error());
      } else if (!root.IsNull()) {
        return Error{Code::invalid_argument, fmt::format("{}: the top level must be keys and values", *path)};
      }
    } catch (const YAML::Exception& problem) {
      return Error{Code::invalid_argument, fmt::format("{}: {}", *path, problem.what())};
    }
    for (const auto& [key, value] : values) {
      if (find_key(key) == nullptr) return with_context(*path, unknown_key(key));
    }
  }

  std::map<std::string, std::string, std::less<>> variables;
  for (const std::string& variable : environment) {
    const auto equals = variable.find('=');
    if (equals != std::string::npos) variables[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  for (const ConfigKey& key : config_keys()) {
    for (std::string_view prefix : {"LAKEFS_", "MERE_"}) {
      const auto found = variables.find(environment_name(prefix, key.name));
      if (found != variables.end()) values[std::string(key.name)] = found->second;
    }
  }

  RETURN_IF_ERROR(check_one_or_several(values));
  for (const auto& [key, value] : values) {
    RETURN_IF_ERROR(set_key(loaded.config, key, value));
    if (!find_key(key)->set) loaded.without_effect.push_back(key);
  }
  return loaded;
}

}  // namespace mere::serve
