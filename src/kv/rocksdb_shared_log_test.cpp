// The write-ahead log carries what others gave to it, until they have settled.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/shared_log.h"
#include "base/test_rider.h"
#include "kv/store.h"
#include "kv/test_folder.h"

namespace mere::kv {
namespace {

// A process with a store and a rider.
struct Running {
  explicit Running(const std::filesystem::path& folder) {
    log.join("objects", rider);
    store = *open_rocksdb_store({.path = folder.string(), .shared_log = &log});
  }
  ~Running() {
    store.reset();
    log.leave("objects");
  }
  bool add(std::string_view record) { return log.add("objects", record); }

  SharedLog log;
  TestRider rider;
  std::unique_ptr<Store> store;
};

class RocksDbSharedLogTest : public testing::Test {
 protected:
  // The files as they are now: what a process that is killed leaves.
  std::filesystem::path copy() {
    const auto path = std::filesystem::path(folder_.path()) / ("copy" + std::to_string(++copies_));
    std::filesystem::copy(lake(), path, std::filesystem::copy_options::recursive);
    return path;
  }
  std::filesystem::path crashed_with_an_object() {
    Running running(lake());
    EXPECT_TRUE(running.add("object"));
    EXPECT_TRUE(put(*running.store, "key", "value"));
    return copy();
  }
  // 64 MiB of records; how many were carried.
  static std::size_t fill(Running& running) {
    std::size_t added = 0;
    const std::string record(1 << 20, 'x');
    for (int i = 0; i < 64; ++i) {
      if (running.add(record)) ++added;
      EXPECT_TRUE(put(*running.store, "key" + std::to_string(i), "value"));
    }
    return added;
  }
  std::filesystem::path lake() const { return std::filesystem::path(folder_.path()) / "lake"; }

  const TestFolder folder_;
  int copies_ = 0;
};

TEST_F(RocksDbSharedLogTest, ARecordIsThereAfterACrashOnceSomethingWasWritten) {
  Running running(lake());
  ASSERT_TRUE(running.add("object"));
  EXPECT_TRUE(Running(copy()).rider.records.empty());

  ASSERT_TRUE(put(*running.store, "key", "value"));

  Running again(copy());
  EXPECT_EQ(again.rider.records, std::vector<std::string>{"object"});
  EXPECT_GE(again.rider.settled, 1);
  EXPECT_EQ(**again.store->get("key"), "value");
}

// Nothing was carried, but the object may be visible, and found again.
TEST_F(RocksDbSharedLogTest, OpeningSettlesWhatAKilledProcessLeft) {
  Running running(lake());
  ASSERT_TRUE(running.add("object"));

  Running again(copy());

  EXPECT_TRUE(again.rider.records.empty());
  EXPECT_EQ(again.rider.settled, 1);
}

TEST_F(RocksDbSharedLogTest, AWriteOfNothingMakesRecordsDurable) {
  Running running(lake());
  ASSERT_TRUE(running.add("object"));

  ASSERT_TRUE(running.store->write({}));

  Running again(copy());
  EXPECT_EQ(again.rider.records, std::vector<std::string>{"object"});
}

TEST_F(RocksDbSharedLogTest, AWriteThatIsRefusedTakesNothing) {
  Running running(lake());
  ASSERT_TRUE(running.add("object"));

  ASSERT_FALSE(put(*running.store, "key", "value", Condition::equals("other")));
  EXPECT_TRUE(Running(copy()).rider.records.empty());

  ASSERT_TRUE(put(*running.store, "key", "value"));
  EXPECT_EQ(Running(copy()).rider.records, std::vector<std::string>{"object"});
}

TEST_F(RocksDbSharedLogTest, AStoreThatIsClosedLeavesNothingToReplay) {
  {
    Running running(lake());
    ASSERT_TRUE(running.add("object"));
    ASSERT_TRUE(put(*running.store, "key", "value"));
  }
  EXPECT_TRUE(Running(lake()).rider.records.empty());
}

TEST_F(RocksDbSharedLogTest, TheLogIsBoundedAndGoesOnlyAfterSettling) {
  Running running(lake());
  const std::string record(1 << 20, 'x');
  for (int i = 0; i < 64; ++i) {
    ASSERT_TRUE(running.add(record));
    ASSERT_TRUE(put(*running.store, "key" + std::to_string(i), "value"));
  }
  running.store.reset();
  EXPECT_GE(running.rider.settled, 3);
  running.store = *open_rocksdb_store({.path = lake().string(), .shared_log = &running.log});
  EXPECT_TRUE(running.rider.records.empty());
}

TEST_F(RocksDbSharedLogTest, ALogWhoseRecordsCannotSettleIsKept) {
  std::size_t added = 0;
  {
    Running running(lake());
    running.rider.settles = false;
    added = fill(running);
  }
  EXPECT_LT(added, 64u);  // whoever is refused syncs by itself

  Running again(lake());
  EXPECT_EQ(again.rider.records.size(), added);
  EXPECT_EQ(**again.store->get("key63"), "value");
}

TEST_F(RocksDbSharedLogTest, ALogIsKeptAfterAFailureThatWasToldOnce) {
  std::size_t added = 0;
  {
    Running running(lake());
    running.rider.fails_once = true;
    added = fill(running);
  }
  EXPECT_GE(added, 1u);
  EXPECT_LT(added, 64u);

  Running again(lake());
  EXPECT_EQ(again.rider.records.size(), added);
}

TEST_F(RocksDbSharedLogTest, AFailureToSettleAtTheStartIsAnError) {
  const std::filesystem::path crashed = crashed_with_an_object();
  SharedLog log;
  TestRider rider;
  rider.settles = false;
  log.join("objects", rider);
  EXPECT_FALSE(open_rocksdb_store({.path = crashed.string(), .shared_log = &log}));
  rider.settles = true;
  EXPECT_TRUE(open_rocksdb_store({.path = crashed.string(), .shared_log = &log}));
  EXPECT_EQ(rider.records, (std::vector<std::string>{"object", "object"}));
  log.leave("objects");
}

TEST_F(RocksDbSharedLogTest, RecordsOfAStoreThatIsNotConfiguredDoNotPreventTheStart) {
  const std::filesystem::path crashed = crashed_with_an_object();
  SharedLog log;
  EXPECT_TRUE(open_rocksdb_store({.path = crashed.string(), .shared_log = &log}));
}

TEST_F(RocksDbSharedLogTest, ADamagedLogIsRefusedAndKeepsWhatItCarries) {
  std::filesystem::path damaged;
  {
    Running running(lake());
    for (const char* record : {"first", "second", "third"}) {
      ASSERT_TRUE(running.add(record));
      ASSERT_TRUE(put(*running.store, record, "a value of it"));
    }
    damaged = copy();
  }
  for (const auto& entry : std::filesystem::directory_iterator(damaged)) {
    if (entry.path().extension() != ".log") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto at = content.find("second");
    if (at == std::string::npos) continue;
    file.clear();
    file.seekp(static_cast<std::streamoff>(at)).put('X');
  }
  SharedLog log;
  TestRider rider;
  log.join("objects", rider);

  const auto refused = open_rocksdb_store({.path = damaged.string(), .shared_log = &log});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::corrupt);
  EXPECT_EQ(rider.settled, 0);
  rider.records.clear();
  EXPECT_TRUE(open_rocksdb_store({.path = damaged.string(), .cut_damaged_log = true, .shared_log = &log}));
  EXPECT_EQ(rider.records, (std::vector<std::string>{"first", "third"}));
  EXPECT_GE(rider.settled, 1);
  log.leave("objects");
}

}  // namespace
}  // namespace mere::kv
