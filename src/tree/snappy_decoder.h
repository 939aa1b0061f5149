// Snappy decompression for blocks of a few kilobytes: of those in a table of entries, libsnappy 1.1.9 makes
// half as many a second (bench/tree_bench.cpp), and they are most of what a diff costs.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace mere::tree {

// The size of what `compressed` was made of, as it says itself; none if it cannot say so, or not truly.
std::optional<std::size_t> snappy_size_of(std::string_view compressed);

// False unless `compressed` is the compressed form of as many bytes as `out` takes. Writes nowhere else.
bool snappy_decode(std::string_view compressed, std::span<char> out);

}  // namespace mere::tree
