// How the text of a configuration key becomes a member of a struct of settings.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace mere::serve {

// "20s", "15m", "1h30m", "250ms" (rounded up to seconds), or plain seconds.
Result<std::chrono::seconds> parse_duration(std::string_view text);

// "a,b" is a and b; empty pieces are dropped.
std::vector<std::string> split_list(std::string_view text);
// `invalid_argument`: "configuration key 'KEY': 'VALUE' is not WANTED".
Error invalid_value(std::string_view key, std::string_view value, std::string_view wanted);

template <class Settings>
using Setter = std::function<Status(Settings&, const std::string&)>;

template <class Settings>
Setter<Settings> text(std::string Settings::* field) {
  return [field](Settings& settings, const std::string& value) -> Status {
    settings.*field = value;
    return {};
  };
}

template <class Settings>
Setter<Settings> one_of(std::string_view key, std::string Settings::* field,
                        std::vector<std::string> choices) {
  return [=](Settings& settings, const std::string& value) -> Status {
    if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
      return invalid_value(key, value, fmt::format("one of: {}", fmt::join(choices, ", ")));
    }
    settings.*field = value;
    return {};
  };
}

template <class Settings>
Setter<Settings> list(std::vector<std::string> Settings::* field) {
  return [field](Settings& settings, const std::string& value) -> Status {
    settings.*field = split_list(value);
    return {};
  };
}

template <class Settings>
Setter<Settings> flag(std::string_view key, bool Settings::* field) {
  return [=](Settings& settings, const std::string& value) -> Status {
    const std::string word = ascii_lower(value);
    if (word == "true" || word == "1" || word == "yes" || word == "on") {
      settings.*field = true;
    } else if (word == "false" || word == "0" || word == "no" || word == "off") {
      settings.*field = false;
    } else {
      return invalid_value(key, value, "true or false");
    }
    return {};
  };
}

// A switch that turns off what `field` says is on.
template <class Settings>
Setter<Settings> switch_off(std::string_view key, bool Settings::* field) {
  return [set = flag(key, field), field](Settings& settings, const std::string& value) -> Status {
    RETURN_IF_ERROR(set(settings, value));
    settings.*field = !(settings.*field);
    return {};
  };
}

// A setter of a struct inside another.
template <class Outer, class Inner>
Setter<Outer> within(Inner Outer::* member, Setter<Inner> set) {
  return [member, set = std::move(set)](Outer& settings, const std::string& value) {
    return set(settings.*member, value);
  };
}

template <class T, class Settings>
Setter<Settings> number(std::string_view key, T Settings::* field, T low, T high) {
  return [=](Settings& settings, const std::string& value) -> Status {
    T parsed{};
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, parsed);
    if (error != std::errc() || stop != end || parsed < low || parsed > high) {
      return invalid_value(key, value, fmt::format("a whole number from {} to {}", low, high));
    }
    settings.*field = parsed;
    return {};
  };
}

// `Duration`: std::chrono::seconds, or milliseconds.
template <class Settings, class Duration>
Setter<Settings> duration(std::string_view key, Duration Settings::* field) {
  return [=](Settings& settings, const std::string& value) -> Status {
    const auto parsed = parse_duration(value);
    if (!parsed) return invalid_value(key, value, "a duration such as 20s, 15m or 24h");
    settings.*field = *parsed;
    return {};
  };
}

}  // namespace mere::serve
