#include "base/log_record.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/json_writer.h"
#include "base/time_format.h"

namespace mere::log {
namespace {

constexpr std::string_view name_of(Level level) {
  switch (level) {
    case Level::trace:
      return "trace";
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warning";
    case Level::error:
      return "error";
    case Level::none:
      break;
  }
  return "none";
}

// To the millisecond, always: lines stay in columns.
std::string clock_text(Timestamp time) {
  std::string text = to_rfc3339({time.seconds, 0});
  text.insert(text.size() - 1, fmt::format(".{:03}", time.nanos / 1'000'000));
  return text;
}

bool is_bare(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool bare = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("-._/@^+:").find(c) != std::string_view::npos;
    if (!bare) return false;
  }
  return true;
}

void append_quoted(std::string& out, std::string_view text) {
  JsonWriter(out).string(text);  // JSON's escapes leave no control character, quote or bad UTF-8
}

void append_text(std::string& out, std::string_view text) {
  if (is_bare(text)) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

struct AppendText {
  std::string& out;
  void operator()(std::string_view text) const { append_text(out, text); }
  void operator()(std::int64_t number) const { out += fmt::format_int(number).str(); }
  void operator()(double number) const { fmt::format_to(std::back_inserter(out), "{}", number); }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
};

struct AppendJson {
  JsonWriter& json;
  void operator()(std::string_view text) const { json.string(text); }
  void operator()(std::int64_t number) const { json.integer(number); }
  void operator()(double number) const { json.number(number); }
  void operator()(bool flag) const { json.boolean(flag); }
};

}  // namespace

std::string text_record(Timestamp time, Level level, std::string_view message,
                        std::initializer_list<Field> fields) {
  std::string out;
  out.reserve(96 + message.size() + fields.size() * 24);
  out += "time=\"";
  out += clock_text(time);
  out += "\" level=";
  out += name_of(level);
  out += " msg=";
  append_quoted(out, message);
  for (const Field& field : fields) {
    out += ' ';
    append_text(out, field.key);
    out += '=';
    std::visit(AppendText{out}, field.value);
  }
  return out;
}

std::string json_record(Timestamp time, Level level, std::string_view message,
                        std::initializer_list<Field> fields) {
  std::string out;
  out.reserve(112 + message.size() + fields.size() * 28);
  JsonWriter json(out);
  json.begin_object();
  json.key("time");
  json.string(clock_text(time));
  json.key("level");
  json.string(name_of(level));
  json.key("msg");
  json.string(message);
  for (const Field& field : fields) {
    json.key(field.key);
    std::visit(AppendJson{json}, field.value);
  }
  json.end_object();
  return out;
}

}  // namespace mere::log
