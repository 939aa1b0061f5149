// Tokens and cookies come from outside: nothing may be accepted that was not signed, whatever the bytes.
#include <cstdint>

#include "auth/cookie.h"
#include "auth/token.h"
#include "base/check.h"
#include "base/encoding.h"
#include "base/hash.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mere::auth;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kSecret = "a secret that the fuzzer cannot guess";

  MERE_CHECK(!verify_token(kSecret, text, 0));
  MERE_CHECK(!open_cookie(kSecret, text, 0));

  // Signed by us, its parts are read too.
  std::string token = mere::to_base64url(R"({"alg":"HS256"})") + "." + mere::to_base64url(text);
  token += "." + mere::to_base64url(mere::hmac_sha256(kSecret, token));
  if (const auto claims = verify_token(kSecret, token, 0))
    MERE_CHECK(!claims->subject.empty() && claims->expires_at > 0);
  const std::string signed_as_cookie = sign_cookie(kSecret, text, 1);
  if (signed_as_cookie.size() <= kMaxTokenBytes)
    MERE_CHECK(*open_cookie(kSecret, signed_as_cookie, 0) == text);
  return 0;
}
