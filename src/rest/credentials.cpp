#include "rest/credentials.h"

#include "base/encoding.h"
#include "rest/session_cookie.h"

namespace mere::rest {
namespace {

// The rest of an Authorization value of this scheme; schemes compare without case (RFC 9110, section 11.1).
std::optional<std::string_view> of_scheme(std::string_view value, std::string_view scheme) {
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return std::nullopt;
  if (!http::equal_ignoring_case(value.substr(0, scheme.size()), scheme)) return std::nullopt;
  return value.substr(scheme.size() + 1);
}

Error refused() {
  return {Code::unauthenticated, "error authenticating request"};
}

Result<std::optional<auth::Principal>> present(Result<auth::Principal> principal) {
  if (!principal) return std::move(principal).error();
  return std::optional<auth::Principal>(*std::move(principal));
}

Result<auth::Principal> check_basic(std::string_view encoded, const auth::Auth& auth) {
  const auto decoded = from_base64(encoded);
  if (!decoded) return refused();
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return refused();
  const std::string_view pair = *decoded;
  return auth.check_keys(pair.substr(0, colon), pair.substr(colon + 1));
}

}  // namespace

Result<std::optional<auth::Principal>> authenticate(const http::Request& request, const auth::Auth& auth) {
  const std::string_view authorization = request.headers.get("Authorization");
  if (const auto token = of_scheme(authorization, "Bearer")) return present(auth.check_token(*token));
  if (const auto encoded = of_scheme(authorization, "Basic")) return present(check_basic(*encoded, auth));
  if (const auto cookie = find_session_cookie(request.headers.get("Cookie"))) {
    const auto principal = auth.check_cookie(*cookie);
    if (principal) return std::optional<auth::Principal>(*principal);
    if (principal.error().code != Code::unauthenticated) return principal.error();
  }
  return std::optional<auth::Principal>();
}

}  // namespace mere::rest
