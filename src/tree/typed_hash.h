// The typed byte encoding under every identity and id: a tag, a length, the bytes, so that no two
// different values encode alike. docs/design/0001-storage-format.md, "Identities and ids".
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace mere::tree {

// Each appends one item; SHA-256 over the items of a thing, in their order, is its identity.
void append_typed_int(std::string& out, std::int64_t value);
void append_typed_bytes(std::string& out, std::string_view value);
void append_typed_string(std::string& out, std::string_view value);
void append_typed_strings(std::string& out, std::span<const std::string> values);
void append_typed_map(std::string& out, const std::map<std::string, std::string>& values);
void append_typed_identity(std::string& out, std::string_view raw_digest);

}  // namespace mere::tree
