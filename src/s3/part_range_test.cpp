#include "s3/part_range.h"

#include <gtest/gtest.h>

namespace mere::s3 {
namespace {

tree::Entry in_parts(std::string sizes, std::int64_t size, std::string parts) {
  return {.size_bytes = size,
          .metadata = {{"::mere::parts", std::move(parts)}, {"::mere::part-sizes", std::move(sizes)}}};
}

TEST(PartRange, FindsAPartByItsNumber) {
  const tree::Entry entry = in_parts("8*2,3", 19, "3");

  EXPECT_EQ(part_range(entry, "1")->range, (transfer::ByteRange{0, 8}));
  EXPECT_EQ(part_range(entry, "3")->range, (transfer::ByteRange{16, 3}));
  EXPECT_EQ(part_range(entry, "3")->parts, 3);
  EXPECT_EQ(part_range(entry, "4").error().code, "InvalidPartNumber");
  for (const char* wrong : {"0", "10001", "x", "-1", ""}) {
    EXPECT_EQ(part_range(entry, wrong).error().code, "InvalidArgument") << wrong;
  }
}

TEST(PartRange, AnObjectInOnePieceIsItsFirstPart) {
  const tree::Entry entry{.size_bytes = 5};

  EXPECT_EQ(part_range(entry, "1")->range, (transfer::ByteRange{0, 5}));
  EXPECT_EQ(part_range(entry, "2").error().code, "InvalidPartNumber");
}

TEST(PartRange, SizesThatDoNotMakeTheObjectAreNotTrusted) {
  for (const char* wrong : {"8*2,4", "8*99999", "8*", "*3", "x", "19,", "18446744073709551615,20"}) {
    EXPECT_EQ(part_sizes_of(in_parts(wrong, 19, "3")), std::vector<std::uint64_t>()) << wrong;
  }
}

TEST(PartRange, SizesAreReadBackAsWritten) {
  const std::vector<std::uint64_t> sizes = {8, 8, 8, 5, 8, 8, 1};

  const std::string text = encode_part_sizes(sizes);

  EXPECT_EQ(text, "8*3,5,8*2,1");
  EXPECT_EQ(part_sizes_of(in_parts(text, 46, "7")), sizes);
}

}  // namespace
}  // namespace mere::s3
