#include "api/parameters.h"

#include <charconv>

#include "base/encoding.h"
#include "base/time_format.h"

namespace mere::api::parameters {

namespace {

constexpr std::string_view kMissing = "value is required but missing";
constexpr std::string_view kEmpty = "empty value is not allowed";
constexpr std::string_view kBadPercent = "malformed percent-encoding";
constexpr std::string_view kRepeated = "given more than once";

// The name=value pairs of a query, one after the other, still encoded.
class Pairs {
 public:
  explicit Pairs(std::string_view query) : rest_(query) {}

  bool next() {
    if (rest_.empty()) return false;
    const std::size_t end = rest_.find('&');
    const std::string_view pair = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    const std::size_t equals = pair.find('=');
    name_ = pair.substr(0, equals);
    value_ = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    return true;
  }

  // A name is nearly always written plainly; only one that is not is decoded.
  bool is(std::string_view name) const {
    if (name_.find_first_of("%+") == std::string_view::npos) return name_ == name;
    const std::optional<std::string> decoded = percent_decode(name_, true);
    return decoded && *decoded == name;
  }
  std::string_view value() const { return value_; }

 private:
  std::string_view rest_;
  std::string_view name_;
  std::string_view value_;
};

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  if (text.find_first_of(plus_is_space ? "%+" : "%") == std::string_view::npos) return std::string(text);
  return percent_decode(text, plus_is_space);
}

}  // namespace

Error error_in(std::string_view where, std::string_view name, std::string_view reason) {
  std::string message = "parameter \"";
  message.append(name).append("\" in ").append(where).append(" has an error: ").append(reason);
  return Error{Code::invalid_argument, std::move(message)};
}

Result<std::optional<std::string>> find_path(const RawParams& raw, std::size_t index,
                                             const ParameterRule& rule) {
  if (index >= raw.path().size() || raw.path()[index].empty()) return error_in("path", rule.name, kMissing);
  std::optional<std::string> value = decode(raw.path()[index], false);
  if (!value) return error_in("path", rule.name, kBadPercent);
  return value;
}

Result<std::optional<std::string>> find_query(const RawParams& raw, const ParameterRule& rule) {
  std::optional<std::string_view> encoded;
  for (Pairs pairs(raw.query()); pairs.next();) {
    if (!pairs.is(rule.name)) continue;
    if (encoded) return error_in("query", rule.name, kRepeated);
    encoded = pairs.value();
  }
  if (!encoded) {
    if (rule.required) return error_in("query", rule.name, kMissing);
    return std::optional<std::string>();
  }
  if (encoded->empty()) {
    if (!rule.may_be_empty) return error_in("query", rule.name, kEmpty);
    return std::optional<std::string>();
  }
  std::optional<std::string> value = decode(*encoded, true);
  if (!value) return error_in("query", rule.name, kBadPercent);
  return value;
}

Result<std::optional<std::string>> find_header(const RawParams& raw, const ParameterRule& rule) {
  const std::string* value = raw.find_header(rule.name);
  if (value == nullptr) {
    if (rule.required) return error_in("header", rule.name, kMissing);
    return std::optional<std::string>();
  }
  // An empty header that may be empty says something: If-Match with no entity tag matches nothing.
  if (value->empty() && !rule.may_be_empty) return error_in("header", rule.name, kEmpty);
  return std::optional<std::string>(*value);
}

std::string from_text(std::string text, const ParameterRule& rule, std::string& into) {
  if (rule.pattern != nullptr && !rule.pattern->matches(text)) {
    return "does not match the pattern " + rule.pattern->expression();
  }
  into = std::move(text);
  return {};
}

std::string from_text(std::string text, const ParameterRule& rule, std::int64_t& into) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return "must be an integer";
  if (value < rule.minimum) return "must be at least " + std::to_string(rule.minimum);
  if (value > rule.maximum) return "must be at most " + std::to_string(rule.maximum);
  into = value;
  return {};
}

// What Go's strconv.ParseBool takes: clients written in other languages send True or 1.
std::string from_text(std::string text, const ParameterRule&, bool& into) {
  for (const std::string_view word : {"true", "True", "TRUE", "t", "T", "1"}) {
    if (text == word) {
      into = true;
      return {};
    }
  }
  for (const std::string_view word : {"false", "False", "FALSE", "f", "F", "0"}) {
    if (text == word) {
      into = false;
      return {};
    }
  }
  return "must be true or false";
}

std::string from_text(std::string text, const ParameterRule&, Timestamp& into) {
  const std::optional<Timestamp> time = from_rfc3339(text);
  if (!time) return "must be a date and time such as 2026-01-31T09:30:00Z (RFC 3339)";
  into = *time;
  return {};
}

std::string not_one_of(std::string_view values) {
  return "must be one of " + std::string(values);
}

Status read_query(const RawParams& raw, const ParameterRule& rule, std::vector<std::string>& into) {
  for (Pairs pairs(raw.query()); pairs.next();) {
    if (!pairs.is(rule.name)) continue;
    std::optional<std::string> value = decode(pairs.value(), true);
    if (!value) return error_in("query", rule.name, kBadPercent);
    if (value->empty() && !rule.may_be_empty) return error_in("query", rule.name, kEmpty);
    into.push_back(std::move(*value));
  }
  if (rule.required && into.empty()) return error_in("query", rule.name, kMissing);
  return {};
}

}  // namespace mere::api::parameters
