// Text forms of bytes. Decoders refuse what the encoder would not write, unless said otherwise.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mere {

std::string to_hex(std::string_view bytes);                  // lower case
std::optional<std::string> from_hex(std::string_view text);  // either case

std::string to_base64(std::string_view bytes);                     // RFC 4648 section 4, padded
std::optional<std::string> from_base64(std::string_view text);     // padding may be missing
std::string to_base64url(std::string_view bytes);                  // section 5, unpadded
std::optional<std::string> from_base64url(std::string_view text);  // padding may be there

std::string to_base32hex(std::string_view bytes);  // section 7, lower case, unpadded
std::optional<std::string> from_base32hex(std::string_view text);

// RFC 3986 section 2.1: everything but unreserved characters (and those in `keep`) becomes %XX.
std::string percent_encode(std::string_view text, std::string_view keep = "");
// nullopt for a '%' that two hex digits do not follow. `plus_is_space` for query strings.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

// The size of the UTF-8 character that `text` starts with (RFC 3629); 0 if it starts with none.
std::size_t utf8_sequence(std::string_view text);
bool is_valid_utf8(std::string_view text);

}  // namespace mere
