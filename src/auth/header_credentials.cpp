#include "auth/header_credentials.h"

#include <algorithm>

#include "base/encoding.h"

namespace mere::auth {
namespace {

// The rest of an Authorization value of this scheme; schemes compare without case (RFC 9110, section 11.1).
// `scheme`: lower case.
std::optional<std::string_view> of_scheme(std::string_view value, std::string_view scheme) {
  const auto is_letter_of = [](char wanted, char c) {
    return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
  };
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return std::nullopt;
  if (!std::equal(scheme.begin(), scheme.end(), value.begin(), is_letter_of)) return std::nullopt;
  return value.substr(scheme.size() + 1);
}

Error refused() {
  return {Code::unauthenticated, "error authenticating request"};
}

Result<std::optional<Principal>> present(Result<Principal> principal) {
  if (!principal) return std::move(principal).error();
  return std::optional<Principal>(*std::move(principal));
}

Result<Principal> check_basic(std::string_view encoded, const Auth& auth) {
  const auto decoded = from_base64(encoded);
  if (!decoded) return refused();
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return refused();
  const std::string_view pair = *decoded;
  return auth.check_keys(pair.substr(0, colon), pair.substr(colon + 1));
}

}  // namespace

Result<std::optional<Principal>> check_header_credentials(std::string_view authorization,
                                                          std::string_view cookie, const Auth& auth) {
  if (const auto token = of_scheme(authorization, "bearer")) return present(auth.check_token(*token));
  if (const auto encoded = of_scheme(authorization, "basic")) return present(check_basic(*encoded, auth));
  if (const auto session = find_session_cookie(cookie)) {
    const auto principal = auth.check_cookie(*session);
    if (principal) return std::optional<Principal>(*principal);
    if (principal.error().code != Code::unauthenticated) return principal.error();
  }
  return std::optional<Principal>();
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

}  // namespace mere::auth
