// Structured logs: a message and fields, as text lines or JSON objects.
//   log::info("commit", {{"repository", repo}, {"took_ms", 12}});
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace mere::log {

enum class Level { trace, debug, info, warn, error, none };
enum class Format { text, json };

struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

struct Options {
  Level level = Level::info;
  Format format = Format::text;
  std::vector<std::string> outputs = {"-"};  // "-" stdout, "=" stderr, else a file's path
  std::size_t file_max_bytes = 100u << 20;   // a file is rotated at this size
  std::size_t files_kept = 100;
};

// Once, at start-up, before other threads log; before it, records of `info` and up go to stderr.
// Errors: io_error if a file cannot be opened, and nothing has changed.
Status configure(const Options& options);
// "INFO", "debug", ...; nothing for other words.
std::optional<Level> level_named(std::string_view name);
bool enabled(Level level);

// Any thread. A record is one line, handed to the system before the call returns; one that cannot be
// written is dropped (a full disk must not stop the server). Control characters in values are escaped, so
// that a value cannot forge a record.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
inline void trace(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::trace, message, fields);
}
inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::info, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::warn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::error, message, fields);
}

}  // namespace mere::log
