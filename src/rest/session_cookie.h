// Set-Cookie values of the cookie that browsers carry a login in (auth/header_credentials.h).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace mere::rest {

// A session lives 30 days; the token inside expires on its own. `secure`: only over TLS.
std::string session_cookie(std::string_view value, Timestamp now, bool secure);
std::string cleared_session_cookie();

}  // namespace mere::rest
