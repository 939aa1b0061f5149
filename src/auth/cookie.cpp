#include "auth/cookie.h"

#include "auth/token.h"
#include "base/encoding.h"
#include "base/hash.h"

namespace mere::auth {
namespace {

constexpr std::size_t kExpiryBytes = 8;

Error refused() {
  return {Code::unauthenticated, "error authenticating request"};
}

}  // namespace

std::string sign_cookie(std::string_view key, std::string_view token, std::int64_t expires_at) {
  std::string payload;
  for (int shift = 56; shift >= 0; shift -= 8) {
    payload += static_cast<char>(static_cast<std::uint64_t>(expires_at) >> shift);
  }
  payload += token;
  std::string value = to_base64url(payload);
  value += "." + to_base64url(hmac_sha256(key, value));
  return value;
}

Result<std::string> open_cookie(std::string_view key, std::string_view value, std::int64_t now) {
  if (value.size() > 2 * kMaxTokenBytes) return refused();
  const std::size_t dot = value.find('.');
  if (dot == std::string_view::npos) return refused();
  const auto signature = from_base64url(value.substr(dot + 1));
  if (!signature || !equal_secrets(hmac_sha256(key, value.substr(0, dot)), *signature)) return refused();

  const auto payload = from_base64url(value.substr(0, dot));
  if (!payload || payload->size() < kExpiryBytes) return refused();
  std::uint64_t expires_at = 0;
  for (std::size_t i = 0; i < kExpiryBytes; ++i)
    expires_at = expires_at << 8 | static_cast<unsigned char>((*payload)[i]);
  if (static_cast<std::int64_t>(expires_at) <= now) return refused();
  return payload->substr(kExpiryBytes);
}

}  // namespace mere::auth
