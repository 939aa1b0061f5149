#include "block/parallel_list.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "base/random.h"

namespace mere::block {
namespace {

ParallelListOptions small_options(std::size_t threads) {
  return {.threads = threads, .batch = 7, .sample = 20, .objects_per_folder = 4, .waiting_folders = 3};
}

class ParallelListing : public ::testing::TestWithParam<std::size_t> {
 protected:
  void put(const std::string& path) {
    ASSERT_TRUE(write_all(*store_, {"mem://bucket/folder/" + path}, "x"));
    expected_.push_back("mem://bucket/folder/" + path);
  }
  void check() {
    ASSERT_TRUE(write_all(*store_, {"mem://bucket/folder-not"}, "x"));
    std::mutex mutex;
    std::vector<std::string> found;

    const Status status = list_in_parallel(*store_, {"mem://bucket/folder"}, small_options(GetParam()),
                                           [&](std::vector<Listed> batch) {
                                             std::lock_guard lock(mutex);
                                             for (const Listed& listed : batch)
                                               found.push_back(listed.address.uri);
                                             return Status();
                                           });

    ASSERT_TRUE(status) << status.error().message;
    std::sort(found.begin(), found.end());
    std::sort(expected_.begin(), expected_.end());
    EXPECT_EQ(found, expected_);
  }

  const std::unique_ptr<Store> store_ = make_memory_store(system_clock());
  std::vector<std::string> expected_;
};

INSTANTIATE_TEST_SUITE_P(Threads, ParallelListing, ::testing::Values(1, 2, 8));

TEST_P(ParallelListing, FindsNothingInAnEmptyFolder) {
  check();
}

TEST_P(ParallelListing, FindsAFlatFolderWhole) {
  for (int i = 0; i < 200; ++i) put(fmt::format("{:03}", i));
  check();
}

TEST_P(ParallelListing, FindsFlatFoldersWholeWhateverTheirNames) {
  SeededRandom random(7);
  std::set<std::string> names;
  while (names.size() < 2000) {
    std::array<std::byte, 8> bytes;
    random.fill(bytes);
    const auto at = [&](int i) { return std::to_integer<unsigned>(bytes[i]); };
    names.insert(fmt::format("{}-{:05}", at(0) % 4 == 0 ? "a" : "part", at(1) * 256 + at(2)));
    names.insert(fmt::format("{:x}{:x}", at(3), at(4)));
    names.insert(fmt::format("ü{}~", static_cast<char>('0' + at(5) % 70)) + std::to_string(at(6)));
  }
  for (const std::string& name : names) put(name);
  check();
}

TEST_P(ParallelListing, AFlatFolderIsListedByManyAtOnce) {
  if (GetParam() == 1) return;
  for (int i = 0; i < 3000; ++i) put(fmt::format("object-{:08}", i));
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::condition_variable two;

  // Who hands over first waits until another does.
  const Status status =
      list_in_parallel(*store_, {"mem://bucket/folder"}, small_options(GetParam()), [&](std::vector<Listed>) {
        std::unique_lock lock(mutex);
        threads.insert(std::this_thread::get_id());
        two.notify_all();
        const bool met = two.wait_for(lock, std::chrono::seconds(30), [&] { return threads.size() > 1; });
        return met ? Status() : Status(Error{Code::unavailable, "alone"});
      });

  EXPECT_TRUE(status) << status.error().message;
}

TEST_P(ParallelListing, FindsManySmallFoldersWhole) {
  for (int i = 0; i < 300; ++i) put(fmt::format("{:03}/object", i));
  check();
}

TEST_P(ParallelListing, FindsDeepFoldersWhole) {
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 5; ++b)
      for (int c = 0; c < 30; ++c) put(fmt::format("{}/{}/{}", a, b, c));
  for (int i = 0; i < 30; ++i) put(fmt::format("0/direct-{}", i));
  for (int i = 0; i < 30; ++i) put(fmt::format("direct-{}", i));
  check();
}

TEST_P(ParallelListing, FindsOneHugeFolderAmongSmallOnes) {
  for (int i = 0; i < 40; ++i) put(fmt::format("{:03}/object", i));
  for (int i = 0; i < 500; ++i) put(fmt::format("huge/{}/{}", i / 50, i));
  check();
}

TEST_P(ParallelListing, EndsWithTheFirstErrorOfItsTaker) {
  for (int a = 0; a < 10; ++a)
    for (int b = 0; b < 30; ++b) put(fmt::format("{}/{}", a, b));

  const Status status =
      list_in_parallel(*store_, {"mem://bucket/folder"}, small_options(GetParam()),
                       [](std::vector<Listed>) -> Status { return Error{Code::no_space, "full"}; });

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::no_space);
}

TEST_P(ParallelListing, EndsWithTheFirstErrorOfTheStore) {
  const Status status = list_in_parallel(*store_, {"other://bucket/folder"}, small_options(GetParam()),
                                         [](std::vector<Listed>) { return Status(); });

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace mere::block
