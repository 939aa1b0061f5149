// Secrets at rest. They must be readable again, because signatures of S3 requests are made from them.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace mere::auth {

// 32 bytes from the server's secret, a different key for each `purpose` (HKDF-SHA256, RFC 5869, no salt).
std::string derive_key(std::string_view secret, std::string_view purpose);

// AES-256-GCM: | version u8 = 1 | nonce 12 | ciphertext | tag 16 |. `context` is authenticated and not
// stored: a box opens only for the same one, so a stored secret cannot be moved to another key.
std::string seal(std::string_view key, std::string_view context, std::string_view plain, Random& random);
// `corrupt` if the box was not sealed with this key and context.
Result<std::string> open_sealed(std::string_view key, std::string_view context, std::string_view box);

}  // namespace mere::auth
