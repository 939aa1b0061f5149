// The credentials that HTTP headers carry: bearer token, basic authentication, session cookie, in this order;
// the first kind that is present decides (contract: behaviour, section 2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/auth.h"

namespace mere::auth {

// The cookie that browsers carry a login in.
inline constexpr std::string_view kSessionCookie = "internal_auth_session";

// Of the headers' values, "" if absent. nullopt: no credentials were sent (a cookie that does not verify
// counts as none). `unauthenticated`: they are wrong.
Result<std::optional<Principal>> check_header_credentials(std::string_view authorization,
                                                          std::string_view cookie, const Auth& auth);

// The session cookie's value in a Cookie header.
std::optional<std::string> find_session_cookie(std::string_view cookie_header);

}  // namespace mere::auth
