// The cookie that browsers carry a login in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace mere::rest {

inline constexpr std::string_view kSessionCookie = "internal_auth_session";

// Set-Cookie values. A session lives 30 days; the token inside expires on its own. `secure`: only over TLS.
std::string session_cookie(std::string_view value, Timestamp now, bool secure);
std::string cleared_session_cookie();

// The session cookie's value in a Cookie header.
std::optional<std::string> find_session_cookie(std::string_view cookie_header);

}  // namespace mere::rest
