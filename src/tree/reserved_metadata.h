// Metadata keys of entries that are Mere's own: users neither set nor see them
// (docs/design/0001-storage-format.md, "Identities and ids").
#pragma once

#include <string_view>

#include "tree/types.h"

namespace mere::tree {

inline constexpr std::string_view kReservedPrefix = "::mere::";
inline bool is_reserved(std::string_view key) {
  return key.starts_with(kReservedPrefix);
}
inline constexpr std::string_view kChecksumKey = "::mere::checksum";     // what lake/own_metadata.h reads
inline constexpr std::string_view kPartsKey = "::mere::parts";           // "3": uploaded in so many parts
inline constexpr std::string_view kPartSizesKey = "::mere::part-sizes";  // their sizes: lake/part_sizes.h
inline constexpr std::string_view kPartChecksumsKey = "::mere::part-checksums";  // lake/part_checksums.h
// Those that follow from the bytes, for which size and checksum stand already: identity_of() leaves them out.
inline bool is_derived(std::string_view key) {
  return key == kChecksumKey || key == kPartsKey || key == kPartSizesKey || key == kPartChecksumsKey;
}
// The keys that are users' own.
Metadata without_reserved(const Metadata& metadata);

}  // namespace mere::tree
