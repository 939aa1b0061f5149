// Snappy compression whose output has a fixed length for a given input, everywhere and for ever.
//
// Lengths of compressed blocks add up to the size estimate of a table, which decides where ranges are
// cut and is part of metarange ids: a library that compresses better in its next version would change
// the ids of new commits.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace mere::tree {

// Holds the working table of one encoder; not thread-safe.
class SnappyEncoder {
 public:
  // Appends the compressed form of `input` (below 4 GiB) to `out`.
  void encode(std::string_view input, std::string& out);

 private:
  char* encode_fragment(const char* in, std::size_t size, char* out);

  static constexpr int kMaxTableBits = 14;
  std::array<std::uint16_t, 1 << kMaxTableBits> table_;
};

}  // namespace mere::tree
