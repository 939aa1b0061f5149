// Header values that hold more than ASCII (RFC 2047): "=?utf-8?q?caf=C3=A9?=".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mere::s3 {

// The value with its encoded words decoded to UTF-8; nullopt for a character set other than UTF-8, US-ASCII
// and ISO-8859-1, and for bytes that are not in it. What is no encoded word stays as it is.
std::optional<std::string> decode_words(std::string_view value);
// Printable ASCII as it is, anything else as one encoded word.
std::string encode_words(std::string_view text);

}  // namespace mere::s3
