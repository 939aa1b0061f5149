#include "base/lru_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace mere {
namespace {

std::shared_ptr<const std::string> text(std::string value) {
  return std::make_shared<const std::string>(std::move(value));
}

TEST(LruCache, KeepsWhatWasUsedLast) {
  struct SameShard {
    std::size_t operator()(int) const { return 0; }
  };
  LruCache<int, std::string, SameShard> cache(16 * 2);  // 3 to a shard
  for (int i = 0; i < 3; ++i) cache.put(i, text(std::to_string(i)), 1);

  ASSERT_NE(cache.get(0), nullptr);
  cache.put(3, text("3"), 1);

  EXPECT_EQ(*cache.get(0), "0");
  EXPECT_EQ(cache.get(1), nullptr);
  EXPECT_EQ(*cache.get(3), "3");
}

TEST(LruCache, ReplacesErasesAndRefusesWhatIsTooDear) {
  LruCache<std::string, std::string> cache(160);
  cache.put("a", text("1"), 5);
  cache.put("a", text("2"), 7);
  cache.put("b", text("large"), 1000);

  EXPECT_EQ(*cache.get("a"), "2");
  EXPECT_EQ(cache.get("b"), nullptr);
  EXPECT_EQ(cache.cost(), 7u);
  cache.erase("a");
  EXPECT_EQ(cache.get("a"), nullptr);
  EXPECT_EQ(cache.cost(), 0u);
}

TEST(LruCache, StaysWithinItsCapacityUnderThreads) {
  LruCache<int, int> cache(1000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5000; ++i) {
        const int key = (i * 7 + t) % 3000;
        cache.put(key, std::make_shared<const int>(key), 1);
        if (const auto found = cache.get(key)) EXPECT_EQ(*found, key);
      }
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_LE(cache.cost(), 1016u);
}

}  // namespace
}  // namespace mere
