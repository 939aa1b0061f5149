// What a power failure leaves is told by its worst: of the objects nothing but what the shared log carries.
#include "block/local_rider.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "block/faulty_file_system.h"
#include "block/local_store.h"
#include "block/test_folder.h"

namespace mere::block {
namespace {

constexpr WriteOptions kOnce{.write_once = true};
constexpr WriteOptions kFresh{.write_once = true, .fresh_address = true};

Address address_of(int number) {
  return {"local://lake/data/" + std::to_string(number)};
}
std::string content_of(int number) {
  return "content of " + std::to_string(number) +
         std::string(static_cast<std::size_t>(number) * 7 % 1000, '\0');
}

// An owner of the log whose disk keeps what was synced.
class LocalRiderTest : public testing::Test {
 protected:
  LocalRiderTest() {
    store_ = open(root_, log_);
    log_.begin();
  }
  ~LocalRiderTest() override { log_.end(); }

  std::unique_ptr<Store> open(const TestFolder& root, SharedLog& log) {
    return *open_local_store({.root = root.path().string(), .shared_log = &log, .shared_log_name = "s"},
                             files_);
  }
  bool write(int number, const WriteOptions& options = kOnce) {
    return write_all(*store_, address_of(number), content_of(number), options).has_value();
  }
  void sync() { synced_.push_back(log_.take()); }
  // The store as it is opened after a power failure.
  struct Restarted {
    TestFolder root;
    SharedLog log;
    std::unique_ptr<Store> store;
  };
  std::unique_ptr<Restarted> after_power_failure() {
    auto again = std::make_unique<Restarted>();
    again->store = open(again->root, again->log);
    std::size_t orphans = 0;
    for (const std::string& piece : synced_) EXPECT_TRUE(again->log.replay(piece, orphans));
    EXPECT_EQ(orphans, 0u);
    return again;
  }

  const TestFolder root_;
  FaultyFileSystem files_;
  SharedLog log_;
  std::unique_ptr<Store> store_;
  std::vector<std::string> synced_;
};

TEST_F(LocalRiderTest, ASmallObjectCostsNoSyncOfItsOwn) {
  ASSERT_TRUE(write(1));
  files_.forget_steps();

  ASSERT_TRUE(write(2));

  EXPECT_EQ(files_.count(Call::sync_data), 0u);
  EXPECT_EQ(files_.count(Call::sync_folder), 0u);
  EXPECT_EQ(*read_all(*store_, address_of(2), 10'000), content_of(2));
}

TEST_F(LocalRiderTest, ASmallObjectAtAFreshAddressHasItsNameAtOnce) {
  ASSERT_TRUE(write(1));
  files_.forget_steps();

  ASSERT_TRUE(write(2, kFresh));

  std::vector<Call> calls;
  for (const Step& step : files_.steps()) calls.push_back(step.call);
  EXPECT_EQ(calls, (std::vector<Call>{Call::create, Call::write}));
  EXPECT_EQ(*read_all(*store_, address_of(2), 10'000), content_of(2));
}

TEST_F(LocalRiderTest, WhatADeadProcessLeftAtAFreshAddressIsReplaced) {
  root_.write("lake/data/1", "a part");

  ASSERT_TRUE(write(1, kFresh));

  EXPECT_EQ(*read_all(*store_, address_of(1), 10'000), content_of(1));
}

TEST_F(LocalRiderTest, AnObjectOfUnknownSizeGrowsIntoALargeOneAtAFreshAddress) {
  auto writer = *store_->create(address_of(1), kFresh);
  const std::string piece(20'000, 'x');
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(writer->append(std::as_bytes(std::span(piece))));
  files_.forget_steps();

  const auto written = writer->finish();

  ASSERT_TRUE(written);
  EXPECT_EQ(written->size_bytes, 100'000u);
  EXPECT_EQ(files_.count(Call::sync_data), 1u);
  EXPECT_EQ(log_.take(), "");
  EXPECT_EQ(read_all(*store_, address_of(1), 200'000)->size(), 100'000u);
}

TEST_F(LocalRiderTest, AFolderThatWentMeanwhileIsMadeAgainForAFreshAddress) {
  ASSERT_TRUE(write(1));
  auto writer = *store_->create(address_of(2), kFresh);
  ASSERT_TRUE(store_->remove(address_of(1)));

  const std::string content = content_of(2);
  ASSERT_TRUE(writer->append(std::as_bytes(std::span(content))));
  ASSERT_TRUE(writer->finish());

  EXPECT_EQ(*read_all(*store_, address_of(2), 10'000), content_of(2));
}

TEST_F(LocalRiderTest, ALargeObjectIsSyncedItself) {
  files_.forget_steps();
  const std::string large(LocalRider::kMaxObjectBytes + 1, 'x');

  ASSERT_TRUE(write_all(*store_, address_of(1), large, kOnce));

  EXPECT_GE(files_.count(Call::sync_data), 1u);
  EXPECT_EQ(log_.take(), "");
}

TEST_F(LocalRiderTest, AnAddressThatMayBeWrittenAgainIsSyncedItself) {
  files_.forget_steps();

  ASSERT_TRUE(write_all(*store_, address_of(1), "x"));

  EXPECT_GE(files_.count(Call::sync_data), 1u);
  EXPECT_EQ(log_.take(), "");
}

TEST_F(LocalRiderTest, ObjectsAreRestoredAfterAPowerFailure) {
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(write(i));
    if (i % 7 == 0) sync();
  }
  sync();

  const auto again = after_power_failure();

  for (int i = 0; i < 50; ++i) EXPECT_EQ(*read_all(*again->store, address_of(i), 10'000), content_of(i));
}

TEST_F(LocalRiderTest, ObjectsOfManyThreadsAreRestored) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 25; ++i) EXPECT_TRUE(write(t * 100 + i));
      });
  }
  sync();

  const auto again = after_power_failure();

  for (int t = 0; t < 8; ++t)
    for (int i = 0; i < 25; ++i)
      EXPECT_EQ(*read_all(*again->store, address_of(t * 100 + i), 10'000), content_of(t * 100 + i));
}

TEST_F(LocalRiderTest, AnObjectThatTheDiskKeptInPartIsWrittenAgain) {
  ASSERT_TRUE(write(1));
  const std::string piece = log_.take();
  root_.write("lake/data/1", std::string(content_of(1).size(), '\0'));

  std::size_t orphans = 0;
  ASSERT_TRUE(log_.replay(piece, orphans));

  EXPECT_EQ(*read_all(*store_, address_of(1), 10'000), content_of(1));
}

TEST_F(LocalRiderTest, APathThatLeadsElsewhereIsNotWritten) {
  for (const std::string_view record : {std::string_view("../outside\0x", 12), std::string_view("no path")}) {
    SharedLog forged;
    forged.begin();
    forged.add("s", record);
    std::size_t orphans = 0;
    EXPECT_FALSE(log_.replay(forged.take(), orphans));
  }
  EXPECT_FALSE(std::filesystem::exists(root_.path().parent_path() / "outside"));
}

TEST_F(LocalRiderTest, SettlingSyncsTheFileSystem) {
  ASSERT_TRUE(write(1));
  files_.forget_steps();

  EXPECT_TRUE(log_.settle());
  EXPECT_EQ(files_.count(Call::sync_all), 1u);

  files_.fail_calls(Call::sync_all, EIO);
  EXPECT_FALSE(log_.settle());
}

TEST_F(LocalRiderTest, APlaceIsThatOfOneFolderAsItWas) {
  ASSERT_TRUE(write(1));
  const std::string place = *log_.places();
  ASSERT_TRUE(write(2));
  EXPECT_EQ(*log_.places(), place);  // only the root is looked at

  const TestFolder copied;
  std::filesystem::copy(root_.path(), copied.path(), std::filesystem::copy_options::recursive);
  SharedLog other;
  const auto copy = open(copied, other);
  EXPECT_NE(*other.places(), place);

  std::filesystem::create_directory(root_.path() / "restored");
  EXPECT_NE(*log_.places(), place);
}

TEST_F(LocalRiderTest, AStoreThatSyncsNothingHasNoPlace) {
  SharedLog log;
  const auto store = open_local_store(
      {.root = root_.path().string(), .sync_writes = false, .shared_log = &log, .shared_log_name = "s"});
  ASSERT_TRUE(store);
  EXPECT_FALSE(log.places());
}

TEST_F(LocalRiderTest, AnEmptyStoreHasNothingToSettle) {
  EXPECT_TRUE(log_.is_empty());
  EXPECT_FALSE(log_.has_written());

  ASSERT_TRUE(write(1));

  EXPECT_FALSE(log_.is_empty());
  EXPECT_TRUE(log_.has_written());
}

TEST_F(LocalRiderTest, ReadingAStoreLeavesNothingToSettle) {
  ASSERT_TRUE(write(1));
  SharedLog other;
  const auto reading = open(root_, other);
  ASSERT_TRUE(read_all(*reading, address_of(1), 10'000));

  EXPECT_FALSE(other.is_empty());
  EXPECT_FALSE(other.has_written());
}

TEST_F(LocalRiderTest, WhereNobodyCarriesRecordsASmallObjectIsSynced) {
  log_.end();
  ASSERT_TRUE(write(1));
  files_.forget_steps();

  ASSERT_TRUE(write(2));

  EXPECT_EQ(files_.count(Call::sync_data), 1u);
  EXPECT_EQ(files_.count(Call::sync_folder), 1u);
}

// Whatever step fails: what was answered can be restored, or was synced by itself; what was not leaves no
// part of the object behind.
class LocalRiderFaults : public LocalRiderTest {
 protected:
  void fail_each_step(const WriteOptions& options, bool carried) {
    if (!carried) log_.end();
    for (std::uint64_t step = 0; step < 30; ++step) {
      SCOPED_TRACE(step);
      files_.forget_steps();
      files_.fail_step(step, EIO);
      const int number = static_cast<int>(step);
      const bool written = write(number, options);
      files_.fail_nothing();
      const auto found = read_all(*store_, address_of(number), 10'000);
      if (!written) {
        if (found) EXPECT_EQ(*found, content_of(number));
        continue;
      }
      EXPECT_EQ(*found, content_of(number));

      const std::vector<Step> steps = files_.steps();
      if (carried) {
        sync();
        const auto again = after_power_failure();
        EXPECT_EQ(*read_all(*again->store, address_of(number), 10'000), content_of(number));
        continue;
      }
      const auto named = std::find_if(steps.rbegin(), steps.rend(), [&](const Step& s) {
        return s.call == (options.fresh_address ? Call::create : Call::rename);
      });
      const auto is = [](Call call) { return [call](const Step& s) { return s.call == call; }; };
      EXPECT_TRUE(std::any_of(steps.rbegin(), named, is(Call::sync_data)));
      EXPECT_TRUE(std::any_of(steps.rbegin(), named, is(Call::sync_folder)));
    }
  }
};

TEST_F(LocalRiderFaults, ACarriedWriteThatWasAnsweredIsKept) {
  fail_each_step(kOnce, true);
}
TEST_F(LocalRiderFaults, ASyncedWriteThatWasAnsweredIsKept) {
  fail_each_step(kOnce, false);
}
TEST_F(LocalRiderFaults, ACarriedWriteToAFreshAddressThatWasAnsweredIsKept) {
  fail_each_step(kFresh, true);
}
TEST_F(LocalRiderFaults, ASyncedWriteToAFreshAddressThatWasAnsweredIsKept) {
  fail_each_step(kFresh, false);
}

}  // namespace
}  // namespace mere::block
