#include "rest/session_cookie.h"

#include "auth/header_credentials.h"
#include "base/time_format.h"

namespace mere::rest {
namespace {
constexpr std::chrono::seconds kLifetime{30 * 24 * 3600};
}

std::string session_cookie(std::string_view value, Timestamp now, bool secure) {
  std::string cookie(auth::kSessionCookie);
  cookie += "=";
  cookie += value;
  cookie += "; Path=/; Expires=" + to_http_date(now + kLifetime) +
            "; Max-Age=" + std::to_string(kLifetime.count()) + "; HttpOnly";
  if (secure) cookie += "; Secure";
  cookie += "; SameSite=Lax";
  return cookie;
}

std::string cleared_session_cookie() {
  return std::string(auth::kSessionCookie) +
         "=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; SameSite=Lax";
}

}  // namespace mere::rest
