#include "serve/config.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cstdlib>

#include "serve/lakefs_keys.h"

namespace mere::serve {
namespace {

Error invalid(std::string_view key, std::string_view value, std::string_view wanted) {
  return Error{Code::invalid_argument,
               fmt::format("configuration key '{}': '{}' is not {}", key, value, wanted)};
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return result;
}

using Setter = std::function<Status(Config&, const std::string&)>;

Setter text(std::string Config::* field) {
  return [field](Config& config, const std::string& value) -> Status {
    config.*field = value;
    return {};
  };
}

Setter one_of(std::string_view key, std::string Config::* field, std::vector<std::string> choices) {
  return [=](Config& config, const std::string& value) -> Status {
    if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
      return invalid(key, value, fmt::format("one of: {}", fmt::join(choices, ", ")));
    }
    config.*field = value;
    return {};
  };
}

Setter list(std::vector<std::string> Config::* field) {
  return [field](Config& config, const std::string& value) -> Status {
    config.*field = split(value, ',');
    return {};
  };
}

Setter flag(std::string_view key, bool Config::* field) {
  return [=](Config& config, const std::string& value) -> Status {
    const std::string word = lower(value);
    if (word == "true" || word == "1" || word == "yes" || word == "on") {
      config.*field = true;
    } else if (word == "false" || word == "0" || word == "no" || word == "off") {
      config.*field = false;
    } else {
      return invalid(key, value, "true or false");
    }
    return {};
  };
}

template <class T>
Setter number(std::string_view key, T Config::* field, T low, T high) {
  return [=](Config& config, const std::string& value) -> Status {
    T parsed{};
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, parsed);
    if (error != std::errc() || stop != end || parsed < low || parsed > high) {
      return invalid(key, value, fmt::format("a whole number from {} to {}", low, high));
    }
    config.*field = parsed;
    return {};
  };
}

Setter duration(std::string_view key, std::chrono::seconds Config::* field) {
  return [=](Config& config, const std::string& value) -> Status {
    const auto parsed = parse_duration(value);
    if (!parsed) return invalid(key, value, "a duration such as 20s, 15m or 24h");
    config.*field = *parsed;
    return {};
  };
}

std::optional<log::Level> parse_level(const std::string& value) {
  const std::string word = lower(value);
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
  if (!level) return invalid("logging.level", value, "one of: trace, debug, info, warn, error, none");
  config.logging.level = *level;
  return {};
}

Status set_audit_level(Config& config, const std::string& value) {
  const auto level = parse_level(value);
  if (!level)
    return invalid("logging.audit_log_level", value, "one of: trace, debug, info, warn, error, none");
  config.audit_log_level = *level;
  return {};
}

Status set_log_format(Config& config, const std::string& value) {
  if (value != "text" && value != "json") return invalid("logging.format", value, "one of: text, json");
  config.logging.format = value == "json" ? log::Format::json : log::Format::text;
  return {};
}

Status set_log_output(Config& config, const std::string& value) {
  config.logging.outputs = split(value, ',');
  return {};
}

template <class Field, class Unit>
Setter logging_number(std::string_view key, Field log::Options::* field, Unit unit) {
  return [=](Config& config, const std::string& value) -> Status {
    std::uint64_t parsed = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, parsed);
    if (error != std::errc() || stop != end || parsed == 0 || parsed > 1'000'000) {
      return invalid(key, value, "a whole number from 1 to 1000000");
    }
    config.logging.*field = static_cast<Field>(parsed * unit);
    return {};
  };
}

std::vector<ConfigKey> make_keys() {
  constexpr std::uint64_t kMany = 1ull << 50;
  std::vector<ConfigKey> keys = {
      {"data_dir", "folder of the lake: metadata, objects and secrets", text(&Config::data_dir)},
      {"listen_address", "host:port", text(&Config::listen_address)},
      {"database.type", "where metadata lies: local or mem",
       one_of("database.type", &Config::database_type, {"local", "mem"})},
      {"database.local.path", "folder of the metadata store", text(&Config::database_path)},
      {"database.local.sync_writes", "wait for the disk before acknowledging",
       flag("database.local.sync_writes", &Config::database_sync_writes)},
      {"database.local.cut_damaged_log", "start in spite of a damaged log: what follows the damage is lost",
       flag("database.local.cut_damaged_log", &Config::database_cut_damaged_log)},
      {"blockstore.type", "where objects lie: local or mem",
       one_of("blockstore.type", &Config::blockstore_type, {"local", "mem"})},
      {"blockstore.local.path", "folder of the objects", text(&Config::blockstore_path)},
      {"blockstore.local.import_enabled", "allow imports from local folders",
       flag("blockstore.local.import_enabled", &Config::import_enabled)},
      {"blockstore.local.import_hidden", "import files whose names begin with '.' too",
       flag("blockstore.local.import_hidden", &Config::import_hidden)},
      {"blockstore.local.allowed_external_prefixes", "folders outside the lake that imports may read",
       list(&Config::allowed_external_prefixes)},
      {"blockstore.signing.secret_key", "signs the upload addresses handed to clients",
       text(&Config::signing_secret)},
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

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  const Error bad{Code::invalid_argument,
                  fmt::format("'{}' is not a duration such as 20s, 15m or 24h", text)};
  if (text.empty()) return bad;
  double total = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    double amount = 0;
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), amount);
    if (error != std::errc() || amount < 0) return bad;
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
    const auto unit_end = std::min(rest.find_first_of("0123456789."), rest.size());
    const std::string_view unit = rest.substr(0, unit_end);
    rest.remove_prefix(unit_end);
    if (unit == "h") {
      total += amount * 3600;
    } else if (unit == "m") {
      total += amount * 60;
    } else if (unit == "s" || (unit.empty() && rest.empty())) {
      total += amount;
    } else if (unit == "ms") {
      total += amount / 1000;
    } else {
      return bad;
    }
  }
  if (total > 1e10) return bad;
  const auto whole = static_cast<std::int64_t>(total);
  return std::chrono::seconds(whole + (static_cast<double>(whole) < total ? 1 : 0));
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

  for (const auto& [key, value] : values) {
    RETURN_IF_ERROR(set_key(loaded.config, key, value));
    if (!find_key(key)->set) loaded.without_effect.push_back(key);
  }
  return loaded;
}

}  // namespace mere::serve
