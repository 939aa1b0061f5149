#include "s3/list_token.h"

#include <algorithm>

#include "base/encoding.h"

namespace mere::s3 {
namespace {

constexpr std::string_view kEncoded = "b64.";

bool survives_xml(std::string_view key) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  // U+FFFE and U+FFFF are all that is left to worry about: "\xef\xbf\xbe", "\xef\xbf\xbf".
  return std::none_of(key.begin(), key.end(), is_control) && is_valid_utf8(key) &&
         key.find("\xef\xbf") == key.npos;
}

}  // namespace

std::string to_token(std::string_view key) {
  return survives_xml(key) ? std::string(key) : std::string(kEncoded) + to_base64url(key);
}

std::string from_token(std::string_view token) {
  if (token.starts_with(kEncoded) && token.find('/') == token.npos) {
    if (auto key = from_base64url(token.substr(kEncoded.size()))) return *std::move(key);
  }
  return std::string(token);
}

std::string url_encoded(std::string_view key) {
  return percent_encode(key, "/");
}

}  // namespace mere::s3
