// What a mark of a clean closing spares, and that a false one is never believed.
#include "kv/close_mark.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include "base/disk_faults.h"
#include "base/shared_log.h"
#include "base/test_rider.h"
#include "kv/failing_store.h"
#include "kv/test_folder.h"

namespace mere::kv {
namespace {

namespace fs = std::filesystem;

// Keeps the steps of the disk, and from one of them on fails them all, as if the process had died there.
class Steps final : public DiskFaults {
 public:
  explicit Steps(std::size_t dies_at = std::numeric_limits<std::size_t>::max()) : dies_at_(dies_at) {}

  Fate before(Step, std::size_t) override {
    std::lock_guard lock(mutex_);
    return {count_++ >= dies_at_ ? EIO : 0, 0};
  }
  void wrote(ino_t, std::uint64_t) override {}
  void synced(ino_t, std::uint64_t) override {}
  void failed_to_sync(ino_t, std::uint64_t) override {}
  void synced_folder(const std::string& folder) override { tell("sync " + folder); }
  void synced_all() override {}
  void makes(const std::string& path) override { tell("make " + path); }
  void renames(const std::string&, const std::string&) override {}
  void removes(const std::string& path) override { tell("remove " + path); }

  void tell(std::string step) {
    std::lock_guard lock(mutex_);
    told_.push_back(std::move(step));
  }
  std::vector<std::string> told() const {
    std::lock_guard lock(mutex_);
    return told_;
  }
  std::size_t count() const {
    std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  const std::size_t dies_at_;
  mutable std::mutex mutex_;
  std::size_t count_ = 0;
  std::vector<std::string> told_;
};

// A store and a rider, in one process.
struct Process {
  explicit Process(const std::string& folder, DiskFaults* faults = nullptr) {
    log.join("objects", rider);
    RocksDbOptions options{.path = folder, .shared_log = &log};
    auto opened =
        faults != nullptr ? open_failing_rocksdb_store(options, *faults) : open_rocksdb_store(options);
    if (opened) store = std::move(*opened);
  }
  ~Process() {
    store.reset();
    log.leave("objects");
  }
  bool write() { return log.add("objects", "object") && put(*store, "key", "value"); }

  SharedLog log;
  TestRider rider;
  std::unique_ptr<Store> store;
};

class CloseMark : public testing::Test {
 protected:
  // Whether whoever opens the lake now does without a sync; closes it again.
  bool opens_without_settling(const std::string& folder) {
    Process process(folder);
    EXPECT_TRUE(process.store);
    return process.rider.settled == 0 && process.rider.records.empty();
  }
  void close_with_a_mark() {
    Process process(lake_);
    ASSERT_TRUE(process.write());
  }
  void close_without_a_mark() {
    Process process(lake_);
    process.rider.settles = false;
  }
  std::string copy() {
    const std::string path = folder_.path() + "/copy" + std::to_string(++copies_);
    fs::copy(lake_, path, fs::copy_options::recursive);
    return path;
  }

  const TestFolder folder_;
  const std::string lake_ = folder_.path() + "/lake";
  const std::string mark_ = lake_ + "/mere.closed";
  int copies_ = 0;
};

TEST_F(CloseMark, SparesTheNextStartTheSync) {
  close_with_a_mark();

  EXPECT_TRUE(opens_without_settling(lake_));
  EXPECT_TRUE(opens_without_settling(lake_));
}

TEST_F(CloseMark, SparesAProcessThatOnlyReadsBothSyncs) {
  close_with_a_mark();
  for (int i = 0; i < 2; ++i) {
    Process process(lake_);
    process.rider.written = false;
    process.store.reset();
    EXPECT_EQ(process.rider.settled, 0);
  }
}

TEST_F(CloseMark, WhatWasWrittenIsThereWithoutReadingALog) {
  close_with_a_mark();

  const Process process(lake_);

  EXPECT_EQ(**process.store->get("key"), "value");
}

TEST_F(CloseMark, IsGoneWhileTheStoreIsOpen) {
  close_with_a_mark();
  const Process process(lake_);

  EXPECT_FALSE(fs::exists(mark_));
  EXPECT_FALSE(opens_without_settling(copy()));
}

TEST_F(CloseMark, ANewLakeHasNothingToSettle) {
  SharedLog log;
  TestRider rider;
  rider.empty = true;
  log.join("objects", rider);

  EXPECT_TRUE(open_rocksdb_store({.path = lake_, .shared_log = &log}));

  EXPECT_EQ(rider.settled, 1);  // when it was closed
  log.leave("objects");
}

TEST_F(CloseMark, SpeaksOfTheRidersThatSettledAndOfNoOthers) {
  close_with_a_mark();
  SharedLog log;
  TestRider moved;
  moved.where = std::string("elsewhere");
  log.join("objects", moved);

  const auto store = open_rocksdb_store({.path = lake_, .shared_log = &log});

  EXPECT_EQ(moved.settled, 1);
  log.end();
  log.leave("objects");
}

TEST_F(CloseMark, IsNotLeftWhereSettlingMakesNothingDurable) {
  {
    Process process(lake_);
    process.rider.where = Error{Code::unavailable, "never synced"};
  }
  EXPECT_FALSE(fs::exists(mark_));
  {
    SharedLog log;
    EXPECT_TRUE(open_rocksdb_store({.path = lake_, .sync_writes = false, .shared_log = &log}));
  }
  EXPECT_FALSE(fs::exists(mark_));
}

TEST_F(CloseMark, IsNotLeftAfterAFailureToSettle) {
  close_without_a_mark();

  EXPECT_FALSE(fs::exists(mark_));
}

TEST_F(CloseMark, IsNotLeftByAStoreThatSharesNoLogButRemovedByIt) {
  close_with_a_mark();

  EXPECT_TRUE(open_rocksdb_store({.path = lake_}));

  EXPECT_FALSE(fs::exists(mark_));
}

TEST_F(CloseMark, OfAnEarlierClosingIsNotBelieved) {
  close_with_a_mark();
  const std::string kept = folder_.path() + "/kept";
  fs::create_hard_link(mark_, kept);
  close_without_a_mark();

  fs::rename(kept, mark_);

  EXPECT_FALSE(opens_without_settling(lake_));
}

TEST_F(CloseMark, ThatWasCopiedIsNotBelieved) {
  close_with_a_mark();

  EXPECT_FALSE(opens_without_settling(copy()));
}

TEST_F(CloseMark, ThatWasCutIsNotBelieved) {
  close_with_a_mark();
  for (std::uintmax_t cut = 1; cut <= fs::file_size(mark_); cut += 7) {
    fs::resize_file(mark_, fs::file_size(mark_) - cut);
    EXPECT_FALSE(opens_without_settling(lake_)) << cut;  // and leaves a new one
    ASSERT_TRUE(fs::exists(mark_));
  }
}

TEST_F(CloseMark, IsRemovedForGoodBeforeAnythingIsWritten) {
  close_with_a_mark();
  Steps steps;

  Process process(lake_, &steps);

  std::vector<std::string> told = steps.told();
  ASSERT_GE(told.size(), 3u);
  told.resize(2);
  EXPECT_EQ(told, (std::vector<std::string>{"remove " + mark_, "sync " + lake_}));
  EXPECT_TRUE(process.write());
}

TEST_F(CloseMark, ThatCannotBeRemovedKeepsTheStoreFromBeingOpened) {
  for (std::size_t step : {0, 1}) {  // the removal, the sync of the folder
    close_with_a_mark();
    Steps steps(step);

    const Process process(lake_, &steps);

    EXPECT_FALSE(process.store) << step;
    EXPECT_EQ(process.rider.settled, 0);
  }
}

// A process that dies at any step of its disk, from opening to closing, leaves a mark only if nothing was
// outstanding: if so, the next settles.
TEST_F(CloseMark, IsNeverFalseWhereverAProcessDies) {
  std::size_t all = 0;
  {
    close_with_a_mark();
    Steps steps;
    {
      Process process(lake_, &steps);
      ASSERT_TRUE(process.write());
    }
    all = steps.count();
  }
  std::size_t spared = 0;
  // RocksDB waits for a second after some errors: in the middle, where it writes a table, some steps do.
  for (std::size_t step = 0; step <= all; step += step < 10 || step + 10 > all ? 1 : 6) {
    SCOPED_TRACE(step);
    close_with_a_mark();
    Steps steps(step);
    bool written = false, settled = false;
    {
      Process process(lake_, &steps);
      if (process.store) {
        written = process.write();
        const int before = process.rider.settled;
        process.store.reset();
        settled = process.rider.settled > before;
      }
    }
    Process again(lake_);
    ASSERT_TRUE(again.store);
    if (again.rider.settled == 0) {
      ++spared;
      EXPECT_TRUE(settled || !written);
    }
    if (written) EXPECT_EQ(**again.store->get("key"), "value");
  }
  EXPECT_GE(spared, 1u);
  EXPECT_LT(spared, all / 2);
}

}  // namespace
}  // namespace mere::kv
