// What a power failure leaves is told by its worst: of the objects nothing but what the journal holds.
#include "block/local_journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "block/faulty_file_system.h"
#include "block/journal_record.h"
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
         std::string(static_cast<std::size_t>(number) * 7 % 1000, '.');
}

class LocalJournalTest : public testing::Test {
 protected:
  LocalJournalTest() { open(); }
  void open() { store_ = *open_local_store({.root = root_.path().string()}, files_); }
  bool write(int number) {
    return write_all(*store_, address_of(number), content_of(number), kOnce).has_value();
  }

  std::vector<std::filesystem::path> segments() const { return segments_in(root_.path()); }
  static std::vector<std::filesystem::path> segments_in(const std::filesystem::path& root) {
    std::vector<std::filesystem::path> found;
    std::error_code none;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / ".mere-journal", none))
      if (entry.is_regular_file()) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }
  // The disk after a power failure now: the journal, and no object.
  std::unique_ptr<TestFolder> after_power_failure() const {
    auto folder = std::make_unique<TestFolder>();
    if (std::filesystem::exists(root_ / ".mere-journal")) {
      std::filesystem::copy(root_ / ".mere-journal", *folder / ".mere-journal",
                            std::filesystem::copy_options::recursive);
    }
    return folder;
  }

  const TestFolder root_;
  FaultyFileSystem files_;
  std::unique_ptr<Store> store_;
};

TEST_F(LocalJournalTest, ASmallObjectCostsOneSync) {
  ASSERT_TRUE(write(1));
  files_.forget_steps();

  ASSERT_TRUE(write(2));

  EXPECT_EQ(files_.count(Call::sync_data), 1u);
  EXPECT_EQ(files_.count(Call::sync_folder), 0u);
  EXPECT_EQ(*read_all(*store_, address_of(2), 10'000), content_of(2));
}

TEST_F(LocalJournalTest, ObjectsAreRestoredAfterAPowerFailure) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(write(i));
  const auto disk = after_power_failure();

  const auto store = *open_local_store({.root = disk->path().string()});

  for (int i = 0; i < 50; ++i) EXPECT_EQ(*read_all(*store, address_of(i), 10'000), content_of(i));
  EXPECT_TRUE(segments_in(disk->path()).empty());
}

TEST_F(LocalJournalTest, ObjectsOfManyThreadsShareSyncsAndAreRestored) {
  files_.forget_steps();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 25; ++i) EXPECT_TRUE(write(t * 100 + i));
      });
  }
  EXPECT_LE(files_.count(Call::sync_data), 200u);
  const auto disk = after_power_failure();

  const auto store = *open_local_store({.root = disk->path().string()});

  for (int t = 0; t < 8; ++t)
    for (int i = 0; i < 25; ++i)
      EXPECT_EQ(*read_all(*store, address_of(t * 100 + i), 10'000), content_of(t * 100 + i));
}

TEST_F(LocalJournalTest, AnObjectThatTheDiskKeptInPartIsWrittenAgain) {
  ASSERT_TRUE(write(1));
  const auto disk = after_power_failure();
  disk->write("lake/data/1", std::string(content_of(1).size(), '\0'));

  const auto store = *open_local_store({.root = disk->path().string()});

  EXPECT_EQ(*read_all(*store, address_of(1), 10'000), content_of(1));
}

TEST_F(LocalJournalTest, AJournalCutOffAnywhereRestoresWhatIsWhole) {
  std::vector<std::uintmax_t> ends;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(write(i));
    ends.push_back(std::filesystem::file_size(segments().front()));
  }
  for (std::uintmax_t size = 0; size <= ends.back(); size += 8) {
    const auto disk = after_power_failure();
    std::filesystem::resize_file(segments_in(disk->path()).front(), size);

    const auto store = *open_local_store({.root = disk->path().string()});

    for (int i = 0; i < 4; ++i)
      EXPECT_EQ(store->stat(address_of(i)).has_value(), ends[static_cast<std::size_t>(i)] <= size) << size;
  }
}

TEST_F(LocalJournalTest, DamageLosesNoOtherObject) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(write(i));
  const auto disk = after_power_failure();
  const auto segment = segments_in(disk->path()).front();
  {
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(20);
    file.put('!');
  }

  const auto store = *open_local_store({.root = disk->path().string()});

  EXPECT_FALSE(store->stat(address_of(0)));
  EXPECT_EQ(*read_all(*store, address_of(1), 10'000), content_of(1));
  EXPECT_EQ(*read_all(*store, address_of(2), 10'000), content_of(2));
}

TEST_F(LocalJournalTest, APathThatLeadsElsewhereIsNotWritten) {
  std::string records;
  append_journal_record(records, "../outside", bytes_of("x"));
  root_.write(".mere-journal/dead/0000000000000000", records);

  const auto opened = open_local_store({.root = root_.path().string()});

  EXPECT_FALSE(opened);
  EXPECT_FALSE(std::filesystem::exists(root_.path().parent_path() / "outside"));
}

TEST_F(LocalJournalTest, AStoreThatIsClosedLeavesNoJournal) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(write(i));

  store_.reset();

  EXPECT_TRUE(segments().empty());
  EXPECT_GE(files_.count(Call::sync_data) + files_.count(Call::sync_all), 1u);
}

TEST_F(LocalJournalTest, AnObjectThatWasRemovedDoesNotKeepTheJournal) {
  ASSERT_TRUE(write(1));
  ASSERT_TRUE(store_->remove(address_of(1)));

  store_.reset();

  EXPECT_TRUE(segments().empty());
}

TEST_F(LocalJournalTest, AFullFileGoesOnlyAfterAllWasSynced) {
  const std::string large(32u << 10, 'x');
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(write_all(*store_, address_of(i), large, kOnce));
  store_.reset();

  std::set<std::string> segments;
  bool renamed_since_sync = false;
  for (const Step& step : files_.steps()) {
    if (step.call == Call::create && step.name.size() == 16) segments.insert(step.name);
    if (step.call == Call::sync_all) renamed_since_sync = false;
    if (step.call == Call::rename) renamed_since_sync = renamed_since_sync || segments.size() == 1;
    if (step.call == Call::unlink && segments.contains(step.name)) EXPECT_FALSE(renamed_since_sync);
  }
  EXPECT_GE(segments.size(), 2u);
}

TEST_F(LocalJournalTest, WhatCannotBeSyncedStaysInTheJournal) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(write(i));
  files_.fail_calls(Call::sync_data, EIO);
  files_.fail_calls(Call::sync_all, EIO);
  store_.reset();
  files_.fail_nothing();
  ASSERT_EQ(segments().size(), 1u);
  const auto disk = after_power_failure();

  const auto store = *open_local_store({.root = disk->path().string()});

  for (int i = 0; i < 3; ++i) EXPECT_EQ(*read_all(*store, address_of(i), 10'000), content_of(i));
}

// Whatever step fails: what was answered is in the journal, or was synced by itself.
TEST_F(LocalJournalTest, AWriteThatFailsAtAnyStepIsKeptIfItWasAnswered) {
  for (std::uint64_t step = 0; step < 60; ++step) {
    open();
    files_.forget_steps();
    files_.fail_step(step, EIO);
    const int number = static_cast<int>(step);
    const bool written = write(number);
    files_.fail_nothing();
    if (!written) continue;
    EXPECT_EQ(*read_all(*store_, address_of(number), 10'000), content_of(number));

    const auto disk = after_power_failure();
    const auto restored = *open_local_store({.root = disk->path().string()});
    if (restored->stat(address_of(number))) continue;
    const std::vector<Step> steps = files_.steps();
    const auto last =
        std::find_if(steps.rbegin(), steps.rend(), [](const Step& s) { return s.call == Call::rename; });
    const auto is = [](Call call) { return [call](const Step& s) { return s.call == call; }; };
    EXPECT_TRUE(std::any_of(last, steps.rend(), is(Call::sync_data))) << step;
    EXPECT_TRUE(std::any_of(steps.rbegin(), last, is(Call::sync_folder))) << step;
  }
}

TEST_F(LocalJournalTest, AReplayThatFailsIsRepeated) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(write(i));
  const auto disk = after_power_failure();
  for (std::uint64_t step = 0;; ++step) {
    ASSERT_LT(step, 100u);
    FaultyFileSystem files;
    files.fail_step(step, EIO, true);
    if (open_local_store({.root = disk->path().string()}, files)) break;
  }

  const auto store = *open_local_store({.root = disk->path().string()});

  for (int i = 0; i < 3; ++i) EXPECT_EQ(*read_all(*store, address_of(i), 10'000), content_of(i));
}

TEST_F(LocalJournalTest, ALivingProcessesJournalIsLeftAlone) {
  ASSERT_TRUE(write(1));

  const auto beside = *open_local_store({.root = root_.path().string()});

  EXPECT_EQ(segments().size(), 1u);
  EXPECT_EQ(*read_all(*beside, address_of(1), 10'000), content_of(1));
}

}  // namespace
}  // namespace mere::block
