#include "api/json_reader.h"

#include <limits>

#include "api/json_limits.h"
#include "base/time_format.h"

namespace mere::api {

namespace {

// Buffers of one thread's parser are kept between bodies, but not those of a giant.
constexpr std::size_t kKeptCapacity = 1 << 20;
constexpr std::size_t kFirstCapacity = 4096;

std::string_view kind_of(Json json) {
  switch (json.type()) {
    case simdjson::dom::element_type::ARRAY:
      return "an array";
    case simdjson::dom::element_type::OBJECT:
      return "an object";
    case simdjson::dom::element_type::INT64:
    case simdjson::dom::element_type::UINT64:
    case simdjson::dom::element_type::DOUBLE:
      return "a number";
    case simdjson::dom::element_type::STRING:
      return "a string";
    case simdjson::dom::element_type::BOOL:
      return "a boolean";
    case simdjson::dom::element_type::NULL_VALUE:
      return "null";
  }
  return "something else";
}

bool is_not(Fault& fault, Json json, std::string_view wanted) {
  return fault.because("must be " + std::string(wanted) + ", not " + std::string(kind_of(json)));
}

Status with_parser(simdjson::dom::parser& parser, std::string_view text, std::string_view subject,
                   bool (*use)(Fault& fault, Json json, void* into), void* into) {
  Fault fault;
  if (text.size() > kMaxJsonBytes) {
    fault.because("is longer than " + std::to_string(kMaxJsonBytes) + " bytes");
    return document_error(subject, fault);
  }
  if (parser.capacity() == 0) {  // the depth is set here; the capacity grows as it must
    if (const auto failure = parser.allocate(kFirstCapacity, kMaxJsonDepth)) {
      return Error{Code::internal, std::string("no room to parse JSON: ") + simdjson::error_message(failure)};
    }
  }
  Json root;
  const char* bytes = text.empty() ? "" : text.data();  // which may be null then, and is given to memcpy
  if (const auto failure = parser.parse(bytes, text.size()).get(root)) {
    fault.because(std::string("is no valid JSON: ") + simdjson::error_message(failure));
    return document_error(subject, fault);
  }
  if (!use(fault, root, into)) return document_error(subject, fault);
  return {};
}

}  // namespace

bool Fault::because(std::string why) {
  reason = std::move(why);
  return false;
}

bool Fault::inside(std::string_view name) {
  std::string outer = "/";
  for (const char c : name) {  // RFC 6901
    if (c == '~')
      outer += "~0";
    else if (c == '/')
      outer += "~1";
    else
      outer += c;
  }
  at.insert(0, outer);
  return false;
}

bool read(Fault& fault, Json json, std::string& into) {
  std::string_view text;
  if (json.get_string().get(text)) return is_not(fault, json, "a string");
  into.assign(text);
  return true;
}

bool read(Fault& fault, Json json, std::int64_t& into) {
  if (json.is_int64()) return !json.get_int64().get(into);
  if (json.is_uint64()) return fault.because("is too large a number");
  if (json.is_double()) return fault.because("must be an integer");
  return is_not(fault, json, "an integer");
}

bool read(Fault& fault, Json json, std::int32_t& into) {
  std::int64_t wide = 0;
  if (!read(fault, json, wide)) return false;
  if (wide < std::numeric_limits<std::int32_t>::min() || wide > std::numeric_limits<std::int32_t>::max()) {
    return fault.because("is too large a number");
  }
  into = static_cast<std::int32_t>(wide);
  return true;
}

bool read(Fault& fault, Json json, double& into) {
  if (json.get_double().get(into)) return is_not(fault, json, "a number");
  return true;
}

bool read(Fault& fault, Json json, bool& into) {
  if (json.get_bool().get(into)) return is_not(fault, json, "a boolean");
  return true;
}

bool read(Fault& fault, Json json, Timestamp& into) {
  std::string_view text;
  if (json.get_string().get(text)) return is_not(fault, json, "a date and time as a string");
  const std::optional<Timestamp> time = from_rfc3339(text);
  if (!time) return fault.because("must be a date and time such as 2026-01-31T09:30:00Z (RFC 3339)");
  into = *time;
  return true;
}

bool read(Fault& fault, Json json, RawJson& into) {
  if (!json.is_object()) return is_not(fault, json, "an object");
  into.text = simdjson::minify(json);
  return true;
}

bool begin_list(Fault& fault, Json json, simdjson::dom::array& into) {
  return !json.get_array().get(into) || is_not(fault, json, "an array");
}

bool begin_object(Fault& fault, Json json, simdjson::dom::object& into) {
  return !json.get_object().get(into) || is_not(fault, json, "an object");
}

bool require(Fault& fault, std::uint64_t seen, std::span<const std::string_view> names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if ((seen >> i & 1) == 0) return fault.because("property \"" + std::string(names[i]) + "\" is missing");
  }
  return true;
}

bool at_least(Fault& fault, std::string_view name, std::int64_t value, std::int64_t minimum) {
  if (value >= minimum) return true;
  fault.because("must be at least " + std::to_string(minimum));
  return fault.inside(name);
}

bool at_most(Fault& fault, std::string_view name, std::int64_t value, std::int64_t maximum) {
  if (value <= maximum) return true;
  fault.because("must be at most " + std::to_string(maximum));
  return fault.inside(name);
}

bool at_least_long(Fault& fault, std::string_view name, const std::string& value, std::size_t length) {
  std::size_t characters = 0;
  for (const char c : value)
    characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // not in UTF-8's middle
  if (characters >= length) return true;
  fault.because(length == 1 ? "must not be empty"
                            : "must be at least " + std::to_string(length) + " characters long");
  return fault.inside(name);
}

bool at_least_items(Fault& fault, std::string_view name, std::size_t items, std::size_t minimum) {
  if (items >= minimum) return true;
  fault.because(minimum == 1 ? "must not be empty"
                             : "must have at least " + std::to_string(minimum) + " items");
  return fault.inside(name);
}

bool like(Fault& fault, std::string_view name, const std::string& value, const Pattern& pattern) {
  if (pattern.matches(value)) return true;
  fault.because("does not match the pattern " + pattern.expression());
  return fault.inside(name);
}

Error document_error(std::string_view subject, const Fault& fault) {
  std::string message(subject);
  message += " has an error: ";
  if (!fault.at.empty()) message.append("at \"").append(fault.at).append("\": ");
  return Error{Code::invalid_argument, message + fault.reason};
}

Status with_json(std::string_view text, std::string_view subject,
                 bool (*use)(Fault& fault, Json json, void* into), void* into) {
  if (text.size() > kKeptCapacity) {
    simdjson::dom::parser parser(kMaxJsonBytes);
    return with_parser(parser, text, subject, use, into);
  }
  static thread_local simdjson::dom::parser kept(kKeptCapacity);
  return with_parser(kept, text, subject, use, into);
}

}  // namespace mere::api
