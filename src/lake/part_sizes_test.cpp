#include "lake/part_sizes.h"

#include <gtest/gtest.h>

namespace mere::lake {
namespace {

tree::Entry in_parts(std::string sizes, std::int64_t size, std::string parts) {
  return {.size_bytes = size,
          .metadata = {{"::mere::parts", std::move(parts)}, {"::mere::part-sizes", std::move(sizes)}}};
}

TEST(PartSizes, SizesThatDoNotMakeTheObjectAreNotTrusted) {
  for (const char* wrong : {"8*2,4", "8*99999", "8*", "*3", "x", "19,", "18446744073709551615,20"}) {
    EXPECT_EQ(part_sizes_of(in_parts(wrong, 19, "3")), std::vector<std::uint64_t>()) << wrong;
  }
}

TEST(PartSizes, SizesAreReadBackAsWritten) {
  const std::vector<std::uint64_t> sizes = {8, 8, 8, 5, 8, 8, 1};

  const std::string text = encode_part_sizes(sizes);

  EXPECT_EQ(text, "8*3,5,8*2,1");
  EXPECT_EQ(part_sizes_of(in_parts(text, 46, "7")), sizes);
}

}  // namespace
}  // namespace mere::lake
