#include "serve/setters.h"

namespace mere::serve {

Error invalid_value(std::string_view key, std::string_view value, std::string_view wanted) {
  return Error{Code::invalid_argument,
               fmt::format("configuration key '{}': '{}' is not {}", key, value, wanted)};
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
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

}  // namespace mere::serve
