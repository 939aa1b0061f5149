#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>

namespace mere {
namespace {

TEST(SeededRandom, RepeatsItselfFromTheSameSeed) {
  SeededRandom a(7), b(7), c(8);

  const std::uint64_t first = a.next_u64();

  EXPECT_EQ(first, b.next_u64());
  EXPECT_NE(first, c.next_u64());
  EXPECT_NE(first, a.next_u64());
}

TEST(SeededRandom, IsSplitMix64) {
  SeededRandom random(1234567);  // the reference implementation's first outputs for this seed
  EXPECT_EQ(random.next_u64(), 6457827717110365317u);
  EXPECT_EQ(random.next_u64(), 3203168211198807973u);
}

TEST(SystemRandom, FillsEveryLength) {
  for (const std::size_t size : {0u, 1u, 7u, 256u, 100'000u}) {
    std::vector<std::byte> bytes(size);
    system_random().fill(bytes);
    if (size > 100) EXPECT_GT(std::set<std::byte>(bytes.begin(), bytes.end()).size(), 50u);
  }
}

TEST(RandomUuid, IsVersionFour) {
  EXPECT_THAT(random_uuid(system_random()),
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(random_uuid(system_random()), random_uuid(system_random()));
}

}  // namespace
}  // namespace mere
