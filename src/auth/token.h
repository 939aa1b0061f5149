// Login tokens: JSON Web Tokens (RFC 7519) in compact form, signed with HMAC (RFC 7515, RFC 7518
// section 3.2). Only what logins need: no key ids, no encryption, no "none".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mere::auth {

struct TokenClaims {
  std::string id;               // jti
  std::string issuer;           // iss
  std::string subject;          // sub: the user's id
  std::string audience;         // aud
  std::int64_t issued_at = 0;   // iat, Unix seconds
  std::int64_t expires_at = 0;  // exp, Unix seconds

  friend bool operator==(const TokenClaims&, const TokenClaims&) = default;
};

inline constexpr std::size_t kMaxTokenBytes = 8192;

// HS256.
std::string sign_token(std::string_view secret, const TokenClaims& claims);

// The claims of a token that `secret` signed with HS256, HS384 or HS512, that has not expired at
// `now` (Unix seconds), and whose audience is "login" or empty. Else `unauthenticated`; the signature
// is compared in constant time and before anything but the header is read.
Result<TokenClaims> verify_token(std::string_view secret, std::string_view token, std::int64_t now);

}  // namespace mere::auth
