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

}  // namespace
}  // namespace mere::s3
