// Sizes of the parts that a finished object was uploaded in, as its entry keeps them (tree::kPartSizesKey):
// runs of equal ones as "size*count": "8388608*3,17".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tree/types.h"

namespace mere::lake {

// In order; empty if they are not known, or do not make the object.
std::vector<std::uint64_t> part_sizes_of(const tree::Entry& entry);
std::string encode_part_sizes(const std::vector<std::uint64_t>& sizes);

}  // namespace mere::lake
