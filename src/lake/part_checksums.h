// Checksums of the parts that a finished object was uploaded in, as its entry keeps them
// (tree::kPartChecksumsKey): base64 with ',' between, in the algorithm of the object's own (own_metadata.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tree/types.h"

namespace mere::lake {

// Base64, in order; empty if they are not kept.
std::vector<std::string> part_checksums_of(const tree::Entry& entry);
// Keeps them, raw, unless they would be over 16 KiB: entries are read in listings.
void keep_part_checksums(const std::vector<std::string>& checksums, tree::Entry& entry);

}  // namespace mere::lake
