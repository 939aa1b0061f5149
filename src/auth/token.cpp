#include "auth/token.h"

#include <boost/json.hpp>
#include <cmath>
#include <optional>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/json_writer.h"

namespace mere::auth {
namespace {

namespace json = boost::json;

Error refused() {
  return {Code::unauthenticated, "error authenticating request"};
}

std::optional<json::object> parse_object(std::string_view base64) {
  const auto text = from_base64url(base64);
  if (!text) return std::nullopt;
  json::error_code error;
  json::parse_options options;
  options.max_depth = 8;
  json::value value = json::parse(json::string_view(text->data(), text->size()), error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

// Missing: "". A value of another type: nullopt.
std::optional<std::string> string_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr) return std::string();
  const json::string* text = value->if_string();
  if (text == nullptr) return std::nullopt;
  return std::string(text->data(), text->size());
}

// NumericDate (RFC 7519 section 2): seconds, a fraction is allowed. Missing or of another type: nullopt.
std::optional<std::int64_t> seconds_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->if_int64()) return *number;
  if (const auto* number = value->if_double()) {
    if (!(std::abs(*number) < 1e15)) return std::nullopt;
    return static_cast<std::int64_t>(std::floor(*number));
  }
  return std::nullopt;
}

// "login", "" or missing; a list must hold "login" (RFC 7519 section 4.1.3).
std::optional<std::string> audience_of(const json::object& claims) {
  const json::value* value = claims.if_contains("aud");
  if (value == nullptr) return std::string();
  if (const json::array* list = value->if_array()) {
    if (list->empty()) return std::string();
    for (const json::value& item : *list) {
      if (item.is_string() && item.as_string() == "login") return std::string("login");
    }
    return std::nullopt;
  }
  auto audience = string_of(claims, "aud");
  if (audience && !audience->empty() && *audience != "login") return std::nullopt;
  return audience;
}

std::optional<std::string> signature_of(std::string_view algorithm, std::string_view secret,
                                        std::string_view signed_part) {
  if (algorithm == "HS256") return hmac_sha256(secret, signed_part);
  if (algorithm == "HS384") return hmac_sha384(secret, signed_part);
  if (algorithm == "HS512") return hmac_sha512(secret, signed_part);
  return std::nullopt;  // "none", and what would need a public key
}

std::optional<std::string> algorithm_of(std::string_view header) {
  const auto object = parse_object(header);
  if (!object || object->contains("crit")) return std::nullopt;  // an extension we would have to know
  if (const auto type = string_of(*object, "typ");
      !type || (!type->empty() && *type != "JWT" && *type != "jwt")) {
    return std::nullopt;
  }
  return string_of(*object, "alg");
}

}  // namespace

std::string sign_token(std::string_view secret, const TokenClaims& claims) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object();
  json.key("aud");
  json.string(claims.audience);
  json.key("exp");
  json.integer(claims.expires_at);
  json.key("iat");
  json.integer(claims.issued_at);
  json.key("iss");
  json.string(claims.issuer);
  json.key("jti");
  json.string(claims.id);
  json.key("sub");
  json.string(claims.subject);
  json.end_object();

  std::string token = to_base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + to_base64url(payload);
  token += "." + to_base64url(hmac_sha256(secret, token));
  return token;
}

Result<TokenClaims> verify_token(std::string_view secret, std::string_view token, std::int64_t now) {
  if (token.size() > kMaxTokenBytes) return refused();
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == std::string_view::npos || last == first) return refused();
  const std::string_view payload = token.substr(first + 1, last - first - 1);
  if (payload.find('.') != std::string_view::npos) return refused();
  if (token.find('=') != std::string_view::npos) return refused();  // RFC 7515 section 2: without padding

  const auto algorithm = algorithm_of(token.substr(0, first));
  if (!algorithm) return refused();
  const auto expected = signature_of(*algorithm, secret, token.substr(0, last));
  const auto given = from_base64url(token.substr(last + 1));
  if (!expected || !given || !equal_secrets(*expected, *given)) return refused();

  const auto claims = parse_object(payload);
  if (!claims) return refused();
  const auto expires_at = seconds_of(*claims, "exp");
  if (!expires_at || *expires_at <= now) return refused();
  if (claims->contains("nbf")) {
    const auto not_before = seconds_of(*claims, "nbf");
    if (!not_before || *not_before > now) return refused();
  }
  const auto audience = audience_of(*claims);
  const auto subject = string_of(*claims, "sub");
  const auto id = string_of(*claims, "jti");
  const auto issuer = string_of(*claims, "iss");
  if (!audience || !subject || subject->empty() || !id || !issuer) return refused();
  return TokenClaims{.id = *id,
                     .issuer = *issuer,
                     .subject = *subject,
                     .audience = *audience,
                     .issued_at = seconds_of(*claims, "iat").value_or(0),
                     .expires_at = *expires_at};
}

}  // namespace mere::auth
