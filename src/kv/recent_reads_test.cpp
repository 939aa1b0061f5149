#include "kv/recent_reads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "kv/store.h"
#include "kv/test_folder.h"

namespace mere::kv {
namespace {

class RecentReadsTest : public testing::Test {
 protected:
  std::optional<RecentReads::Value> known(std::string_view key) { return recent_.get(key, epoch_); }
  void read(std::string_view key, std::optional<std::string_view> value) {
    known(key);
    recent_.put(key, value, epoch_);
  }

  RecentReads recent_{1 << 20};
  std::uint64_t epoch_ = 0;
};

TEST_F(RecentReadsTest, KnowsWhatWasRead) {
  EXPECT_EQ(known("a"), std::nullopt);
  read("a", "1");
  read("b", "");
  EXPECT_EQ(known("a"), "1");
  EXPECT_EQ(known("b"), "");
  EXPECT_EQ(known("c"), std::nullopt);
}

TEST_F(RecentReadsTest, NothingIsKnownOfAKeyBeingWritten) {
  read("a", "old");
  read("b", "kept");
  recent_.begin_write({"a"});
  EXPECT_EQ(known("a"), std::nullopt);
  EXPECT_EQ(known("b"), "kept");
  read("a", "old");
  EXPECT_EQ(known("a"), std::nullopt);
  recent_.end_write();
  EXPECT_EQ(known("a"), std::nullopt);
  read("a", "new");
  EXPECT_EQ(known("a"), "new");
}

TEST_F(RecentReadsTest, WhatWasReadBeforeAWriteIsNotKeptAfterIt) {
  known("a");
  const std::uint64_t before = epoch_;
  recent_.begin_write({"a"});
  recent_.end_write();
  recent_.put("a", "old", before);
  EXPECT_EQ(known("a"), std::nullopt);
}

TEST_F(RecentReadsTest, AWriteOfAllForgetsAll) {
  for (int i = 0; i < 100; ++i) read(std::to_string(i), "old");
  recent_.begin_write_of_all();
  read("5", "old");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(known(std::to_string(i)), std::nullopt);
  recent_.end_write();
  read("5", "new");
  EXPECT_EQ(known("5"), "new");
}

TEST_F(RecentReadsTest, ThatAKeyIsMissingIsKnownWhenItWasReadTwice) {
  read("a", std::nullopt);
  EXPECT_EQ(known("a"), std::nullopt);
  read("a", std::nullopt);
  ASSERT_TRUE(known("a"));
  EXPECT_EQ(*known("a"), std::nullopt);

  recent_.begin_write({"a"});
  recent_.end_write();
  EXPECT_EQ(known("a"), std::nullopt);
  read("a", "1");
  EXPECT_EQ(known("a"), "1");
}

TEST_F(RecentReadsTest, ManyMissingKeysThatAreReadOnceAreNotKept) {
  RecentReads small(16 * 100);
  std::uint64_t epoch = 0;
  EXPECT_FALSE(small.get("kept", epoch));
  small.put("kept", "value", epoch);
  for (int i = 0; i < 1000; ++i) {
    const std::string key = std::to_string(i);
    EXPECT_FALSE(small.get(key, epoch));
    small.put(key, std::nullopt, epoch);
  }
  EXPECT_EQ(small.get("kept", epoch), "value");
}

TEST_F(RecentReadsTest, IsBounded) {
  RecentReads small(16 * 100);
  std::uint64_t epoch = 0;
  const auto put = [&](const std::string& key, std::string_view value) {
    EXPECT_EQ(small.get(key, epoch), std::nullopt);
    small.put(key, value, epoch);
  };
  put("large", std::string(RecentReads::kMaxKept + 1, 'x'));
  EXPECT_EQ(small.get("large", epoch), std::nullopt);
  for (int i = 0; i < 1000; ++i) put(std::to_string(i), "twenty bytes of value");
  int kept = 0;
  for (int i = 0; i < 1000; ++i) kept += small.get(std::to_string(i), epoch).has_value();
  EXPECT_GE(kept, 16);
  EXPECT_LE(kept, 16 * 4);
}

TEST(RecentReads, AKeyThatWasMissingIsFoundOnceItIsWritten) {
  const TestFolder folder;
  auto store = open_rocksdb_store({.path = folder.path(), .sync_writes = false});
  ASSERT_TRUE(store);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*(*store)->get("a"), std::nullopt);
  EXPECT_FALSE(put(**store, "a", "1", Condition::equals("0")));

  ASSERT_TRUE(put(**store, "a", "1", Condition::absent()));
  EXPECT_EQ(**(*store)->get("a"), "1");

  ASSERT_TRUE(erase(**store, "a"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*(*store)->get("a"), std::nullopt);
  ASSERT_TRUE(put(**store, "a", "2"));
  EXPECT_EQ(**(*store)->get("a"), "2");
}

// Each reader sees a counter that only grows, and at least what a writer was told is written.
TEST(RecentReads, ReadersNeverSeeAValueOlderThanOneSeenBefore) {
  const TestFolder folder;
  auto store = open_rocksdb_store({.path = folder.path(), .sync_writes = false});
  ASSERT_TRUE(store);
  const auto number_at = [&] { return std::stoi((*store)->get("counter")->value()); };
  ASSERT_TRUE(put(**store, "counter", "0"));
  std::atomic<int> acknowledged = 0;
  std::atomic<bool> failed = false;
  constexpr int kWrites = 5000;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      int seen = 0;
      while (seen < kWrites && !failed) {
        const int least = std::max(seen, acknowledged.load());
        seen = number_at();
        if (seen < least) failed = true;
      }
    });
  }
  for (int i = 1; i <= kWrites; ++i) {
    ASSERT_TRUE(put(**store, "counter", std::to_string(i), Condition::equals(std::to_string(i - 1))));
    acknowledged = i;
  }
  threads.clear();
  EXPECT_FALSE(failed);
}

}  // namespace
}  // namespace mere::kv
