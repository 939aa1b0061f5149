// The session cookie: a token and its expiry, signed by the server, so that no other value is tried as a
// token. "<payload>.<signature>", both base64url; payload = expiry as 8 bytes big-endian, then the token.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mere::auth {

std::string sign_cookie(std::string_view key, std::string_view token, std::int64_t expires_at);
// The token. `unauthenticated` if the value is not one that `key` signed, or expired at `now`.
Result<std::string> open_cookie(std::string_view key, std::string_view value, std::int64_t now);

}  // namespace mere::auth
