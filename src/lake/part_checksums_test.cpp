#include "lake/part_checksums.h"

#include <gtest/gtest.h>

#include "tree/reserved_metadata.h"

namespace mere::lake {
namespace {

tree::Entry in_parts(std::size_t count) {
  tree::Entry entry;
  entry.metadata[std::string(tree::kPartsKey)] = std::to_string(count);
  return entry;
}

TEST(PartChecksums, AreReadBackAsTheyWereKept) {
  tree::Entry entry = in_parts(2);

  keep_part_checksums({"one.", "two."}, entry);

  EXPECT_EQ(part_checksums_of(entry), (std::vector<std::string>{"b25lLg==", "dHdvLg=="}));
}

TEST(PartChecksums, OfVeryManyPartsAreNotKept) {
  tree::Entry entry = in_parts(10'000);

  keep_part_checksums(std::vector<std::string>(10'000, "four"), entry);

  EXPECT_FALSE(entry.metadata.contains(std::string(tree::kPartChecksumsKey)));
  EXPECT_TRUE(part_checksums_of(entry).empty());
}

TEST(PartChecksums, ThatAreNotOfAllPartsAreNone) {
  tree::Entry entry = in_parts(3);
  entry.metadata[std::string(tree::kPartChecksumsKey)] = "b25lLg==,dHdvLg==";

  EXPECT_TRUE(part_checksums_of(entry).empty());
}

}  // namespace
}  // namespace mere::lake
