#include "base/xid.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "base/encoding.h"

namespace mere {
namespace {

using namespace std::chrono_literals;

class Xid : public testing::Test {
 protected:
  ManualClock clock_{{1'700'000'000, 0}};
  SeededRandom random_{1};
  XidGenerator generator_{clock_, random_};
};

TEST_F(Xid, HasTwentyCharactersThatTellItsSecond) {
  const std::string id = generator_.next();

  EXPECT_TRUE(is_xid(id));
  EXPECT_EQ(xid_seconds(id), 1'700'000'000u);
}

TEST_F(Xid, MadeLaterSortsLater) {
  std::string before = generator_.next();
  for (int i = 0; i < 1000; ++i) {
    if (i % 100 == 99) clock_.advance(i % 200 == 99 ? 3s : -2s);
    std::string after = generator_.next();
    ASSERT_LT(before, after);
    before = std::move(after);
  }
}

TEST_F(Xid, DescendingOfALaterSecondSortsEarlier) {
  const std::string before = generator_.next_descending();
  clock_.advance(1s);

  EXPECT_LT(generator_.next_descending(), before);
  // 64060588800 - 1700000000 keeps its low 32 bits.
  EXPECT_EQ(xid_seconds(before), static_cast<std::uint32_t>(64'060'588'800 - 1'700'000'000));
}

TEST_F(Xid, OfThreadsAndKindsNeverRepeats) {
  constexpr int kThreads = 4, kEach = 2000;
  std::vector<std::vector<std::string>> made(kThreads);
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        ids.push_back(generator_.next());
        ids.push_back(generator_.at(1'700'000'000));
      }
    });
  }
  for (auto& thread : threads) thread.join();

  std::set<std::string> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), 2u * kThreads * kEach);
}

TEST(IsXid, RefusesWhatNoGeneratorWrites) {
  EXPECT_TRUE(is_xid("9m4e2mr0ui3e8a215n4g"));  // the example of github.com/rs/xid
  EXPECT_FALSE(is_xid("9m4e2mr0ui3e8a215n4"));
  EXPECT_FALSE(is_xid("9M4E2MR0UI3E8A215N4G"));
  EXPECT_FALSE(is_xid("9m4e2mr0ui3e8a215n4h"));  // bits that 12 bytes do not have
  EXPECT_FALSE(xid_seconds("w"));
  EXPECT_EQ(xid_seconds("9m4e2mr0ui3e8a215n4g"), 1'300'816'219u);
}

}  // namespace
}  // namespace mere
