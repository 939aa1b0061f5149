#include "tree/verify.h"

#include <gtest/gtest.h>

#include "tree/fixture_for_test.h"

namespace mere::tree {
namespace {

struct Verified {
  std::vector<TableProblem> problems;
  std::uint64_t tables = 0;
  std::uint64_t records = 0;
};

Verified verify_all(fixture::Fixture& lake) {
  Verified result;
  TableVerifier verifier(lake.store(), "_lakefs");
  for (const fixture::Commit& commit : lake.commits()) {
    const Status status = verifier.verify(
        lake.ns(), commit.tree, [&](const TableProblem& problem) { result.problems.push_back(problem); },
        [](const Record&) -> Status { return {}; });
    EXPECT_TRUE(status);
  }
  result.tables = verifier.tables();
  result.records = verifier.records();
  return result;
}

class VerifyFixture : public testing::TestWithParam<const char*> {};

TEST_P(VerifyFixture, WhatLakefsWroteIsWhole) {
  fixture::Fixture lake(GetParam());

  const Verified verified = verify_all(lake);

  for (const TableProblem& problem : verified.problems) ADD_FAILURE() << problem.error.message;
  EXPECT_GT(verified.tables, 20u);
  EXPECT_GT(verified.records, 20u);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, VerifyFixture, testing::Values("lakefs-repo", "lakefs-split"));

// Bits of a file that may differ without a record changing: what RocksDB's format notes about the file.
TEST(TableVerifier, EveryFlippedBitOfARangesRecordsIsFound) {
  fixture::Fixture lake("lakefs-split");
  const Verified whole = verify_all(lake);
  const MetaRangeId tree = lake.commits().back().tree;
  const std::vector<Range> ranges = *lake.trees().ranges(lake.ns(), tree);
  const block::Address address = block::join(lake.ns(), "_lakefs/" + ranges.front().id.str());
  const std::string intact = *block::read_all(lake.store(), address, 64u << 20);

  for (std::size_t byte = 0; byte < intact.size(); byte += 97) {
    std::string damaged = intact;
    damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << (byte % 8)));
    ASSERT_TRUE(block::write_all(lake.store(), address, damaged));

    const Verified verified = verify_all(lake);

    if (verified.problems.empty()) {
      ADD_FAILURE() << "byte " << byte << " of " << intact.size() << " is not noticed";
      continue;
    }
    EXPECT_EQ(verified.problems.front().table_id, ranges.front().id.str());
    EXPECT_EQ(verified.problems.front().error.code, Code::corrupt);
  }
  ASSERT_TRUE(block::write_all(lake.store(), address, intact));
  EXPECT_EQ(verify_all(lake).problems.size(), whole.problems.size());
}

TEST(TableVerifier, AMissingRangeIsToldAndTheRestIsRead) {
  fixture::Fixture lake("lakefs-split");
  const std::vector<Range> ranges = *lake.trees().ranges(lake.ns(), lake.commits().back().tree);
  ASSERT_TRUE(lake.store().remove(block::join(lake.ns(), "_lakefs/" + ranges.front().id.str())));

  const Verified verified = verify_all(lake);

  ASSERT_EQ(verified.problems.size(), 1u);
  EXPECT_EQ(verified.problems[0].error.code, Code::gone);
  EXPECT_GT(verified.records, 0u);
}

TEST(TableVerifier, ATableUnderAnothersNameIsCorrupt) {
  fixture::Fixture lake("lakefs-split");
  const std::vector<Range> ranges = *lake.trees().ranges(lake.ns(), lake.commits().back().tree);
  ASSERT_GE(ranges.size(), 2u);
  const auto at = [&](const Range& range) { return block::join(lake.ns(), "_lakefs/" + range.id.str()); };
  ASSERT_TRUE(lake.store().copy(at(ranges[1]), at(ranges[0])));

  const Verified verified = verify_all(lake);

  ASSERT_EQ(verified.problems.size(), 1u);
  EXPECT_EQ(verified.problems[0].error.message,
            "table " + ranges[0].id.str() + ": its records are those of table " + ranges[1].id.str());
}

}  // namespace
}  // namespace mere::tree
