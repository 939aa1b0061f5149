#include "rest/session_cookie.h"

#include "base/time_format.h"

namespace mere::rest {
namespace {
constexpr std::chrono::seconds kLifetime{30 * 24 * 3600};
}

std::string session_cookie(std::string_view value, Timestamp now, bool secure) {
  std::string cookie(kSessionCookie);
  cookie += "=";
  cookie += value;
  cookie += "; Path=/; Expires=" + to_http_date(now + kLifetime) +
            "; Max-Age=" + std::to_string(kLifetime.count()) + "; HttpOnly";
  if (secure) cookie += "; Secure";
  cookie += "; SameSite=Lax";
  return cookie;
}

std::string cleared_session_cookie() {
  return std::string(kSessionCookie) +
         "=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; SameSite=Lax";
}

std::optional<std::string> find_session_cookie(std::string_view cookie_header) {
  while (!cookie_header.empty()) {
    const auto end = std::min(cookie_header.find(';'), cookie_header.size());
    std::string_view pair = cookie_header.substr(0, end);
    cookie_header.remove_prefix(std::min(end + 1, cookie_header.size()));
    while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != kSessionCookie) continue;
    std::string_view value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return std::nullopt;
}

}  // namespace mere::rest
