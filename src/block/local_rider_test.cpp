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
  bool write(int number) {
    return write_all(*store_, address_of(number), content_of(number), kOnce).has_value();
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

TEST_F(LocalRiderTest, WhereNobodyCarriesRecordsASmallObjectIsSynced) {
  log_.end();
  ASSERT_TRUE(write(1));
  files_.forget_steps();

  ASSERT_TRUE(write(2));

  EXPECT_EQ(files_.count(Call::sync_data), 1u);
  EXPECT_EQ(files_.count(Call::sync_folder), 1u);
}

// Whatever step fails: what was answered can be restored, or was synced by itself.
TEST_F(LocalRiderTest, AWriteThatFailsAtAnyStepIsKeptIfItWasAnswered) {
  for (const bool carried : {true, false}) {
    if (!carried) log_.end();
    for (std::uint64_t step = 0; step < 30; ++step) {
      files_.forget_steps();
      files_.fail_step(step, EIO);
      const int number = static_cast<int>(step) + (carried ? 0 : 100);
      const bool written = write(number);
      files_.fail_nothing();
      if (!written) continue;
      EXPECT_EQ(*read_all(*store_, address_of(number), 10'000), content_of(number));

      const std::vector<Step> steps = files_.steps();
      if (carried) {
        sync();
        const auto again = after_power_failure();
        EXPECT_EQ(*read_all(*again->store, address_of(number), 10'000), content_of(number)) << step;
        continue;
      }
      const auto last =
          std::find_if(steps.rbegin(), steps.rend(), [](const Step& s) { return s.call == Call::rename; });
      const auto is = [](Call call) { return [call](const Step& s) { return s.call == call; }; };
      EXPECT_TRUE(std::any_of(steps.rbegin(), last, is(Call::sync_data))) << step;
      EXPECT_TRUE(std::any_of(steps.rbegin(), last, is(Call::sync_folder))) << step;
    }
  }
}

}  // namespace
}  // namespace mere::block
