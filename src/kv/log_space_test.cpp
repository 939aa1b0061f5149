#include "kv/log_space.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "kv/store.h"
#include "kv/test_folder.h"

namespace mere::kv {
namespace {

std::uintmax_t log_size(const std::string& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".log") return entry.file_size();
  return 0;
}

TEST(LogSpace, ALogThatIsOpenHasMoreThanWasWritten) {
  TestFolder folder;
  const auto store = open_rocksdb_store({.path = folder.path()}).value();

  ASSERT_TRUE(put(*store, "k", "v"));

  EXPECT_GT(log_size(folder.path()), 60'000u);
}

TEST(LogSpace, WhatIsLeftIsGivenBackAtTheEnd) {
  TestFolder folder;

  ASSERT_TRUE(put(*open_rocksdb_store({.path = folder.path()}).value(), "k", "v"));

  EXPECT_GT(log_size(folder.path()), 0u);
  EXPECT_LT(log_size(folder.path()), 1000u);
}

// As a process that was killed leaves it: with zeroes behind its records.
TEST(LogSpace, WhatWasWrittenIsReadInFrontOfTheRest) {
  TestFolder folder;
  TestFolder copy;
  const auto value_of = [](int i) { return std::string(static_cast<std::size_t>(i) * 1013 % 70'000, 'v'); };
  {
    const auto store = open_rocksdb_store({.path = folder.path()}).value();
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(put(*store, std::to_string(i), value_of(i)));
    std::filesystem::copy(
        folder.path(), copy.path(),
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  }

  for (int again = 0; again < 2; ++again) {
    const auto store = open_rocksdb_store({.path = copy.path()});

    ASSERT_TRUE(store) << store.error().message;
    for (int i = 0; i < 200; ++i) EXPECT_EQ(*(*store)->get(std::to_string(i)), value_of(i));
    ASSERT_TRUE(put(**store, "after", "v"));
  }
}

}  // namespace
}  // namespace mere::kv
