// Appends JSON to a string: no tree, no copy. The caller keeps it well formed.
//   JsonWriter json(out); json.begin_object(); json.key("id"); json.string(id); json.end_object();
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace mere {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() {
    value();
    out_ += '{';
    first_ = true;
  }
  void end_object() {
    out_ += '}';
    first_ = false;
  }
  void begin_array() {
    value();
    out_ += '[';
    first_ = true;
  }
  void end_array() {
    out_ += ']';
    first_ = false;
  }
  void key(std::string_view name);
  void quoted_key(std::string_view quoted) {
    value();
    out_ += quoted;
    after_key_ = true;
  }  // `"id":`, as it is written
  void string(std::string_view text);  // RFC 8259 section 7; each byte that is not UTF-8 becomes U+FFFD
  void integer(std::int64_t number);
  void unsigned_integer(std::uint64_t number);
  void number(double number);  // null if it is not finite
  void boolean(bool flag);
  void null();
  void raw(std::string_view json);  // already JSON
  void string_map(const std::map<std::string, std::string>& map);

 private:
  void value() {  // a comma where one is due
    if (after_key_)
      after_key_ = false;
    else if (!first_)
      out_ += ',';
    first_ = false;
  }

  std::string& out_;
  bool first_ = true;
  bool after_key_ = false;
};

}  // namespace mere
