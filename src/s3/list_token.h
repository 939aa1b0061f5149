// Continuation tokens: the last key of a page as it is, so that people can read them. One that XML cannot
// carry unharmed is "b64." and its base64url, which no key looks like: it holds no '/'.
#pragma once

#include <string>
#include <string_view>

namespace mere::s3 {

std::string to_token(std::string_view key);
std::string from_token(std::string_view token);

// A key as encoding-type=url has it.
std::string url_encoded(std::string_view key);

}  // namespace mere::s3
