#include "lake/record_sorter.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace mere::lake {
namespace {

struct Input {
  std::string key;
  std::uint32_t rank;
  std::string data;
};

std::map<std::string, std::string> contents(tree::Cursor& cursor, bool& ascending) {
  std::map<std::string, std::string> found;
  std::string last;
  ascending = true;
  for (; cursor.valid(); cursor.next()) {
    const std::string key(cursor.record().key);
    if (!found.empty() && key <= last) ascending = false;
    found[key] = std::string(cursor.record().identity) + "/" + std::string(cursor.record().data);
    last = key;
  }
  return found;
}

// Small memory and few runs, so that runs are written and merged again.
RC_GTEST_PROP(RecordSorter, GivesEachKeyOnceWithItsLargestRank, ()) {
  const auto keys = *rc::gen::container<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::inRange('a', 'd')));
  const auto memory = *rc::gen::inRange<std::size_t>(1, 2000);
  RecordSorter sorter({.memory_bytes = memory, .max_runs = 3});
  std::map<std::string, std::pair<std::uint32_t, std::string>> model;

  std::uint32_t number = 0;
  for (const std::string& key : keys) {
    const std::uint32_t rank = number * 7919 % 101;
    const std::string data = "d" + std::to_string(number++);
    RC_ASSERT(sorter.add(key, rank, "id", data).has_value());
    auto& kept = model[key];
    if (kept.second.empty() || rank > kept.first)
      kept = {rank, data};
    else if (rank == kept.first)
      return;  // ties are not promised
  }
  const auto cursor = sorter.sorted();
  RC_ASSERT(cursor.has_value());
  bool ascending = false;
  const auto found = contents(**cursor, ascending);

  RC_ASSERT(ascending);
  RC_ASSERT((*cursor)->status().has_value());
  std::map<std::string, std::string> expected;
  for (const auto& [key, value] : model) expected[key] = "id/" + value.second;
  RC_ASSERT(found == expected);
}

TEST(RecordSorter, SortsManyMoreRecordsThanItKeepsInMemory) {
  RecordSorter sorter({.memory_bytes = 64 << 10, .max_runs = 16});
  constexpr std::uint32_t kCount = 20'000;

  for (std::uint32_t i = 0; i < kCount; ++i) {
    const std::string key = "path/" + std::to_string(i * 48271ull % 2147483647ull);
    ASSERT_TRUE(sorter.add(key, 0, std::string(32, 'i'), std::string(60, 'd')));
  }
  const auto cursor = sorter.sorted();
  std::uint32_t count = 0;
  std::string last;
  for (; (*cursor)->valid(); (*cursor)->next(), ++count) {
    ASSERT_LT(last, (*cursor)->record().key);
    last = (*cursor)->record().key;
  }

  EXPECT_EQ(count, kCount);
}

TEST(RecordSorter, SaysThatItsFolderCannotBeWritten) {
  RecordSorter sorter({.memory_bytes = 1, .folder = "/does/not/exist"});

  const auto added = sorter.add("a", 0, "i", "d");

  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Code::io_error);
}

TEST(RecordSorter, OfNothingIsEmpty) {
  RecordSorter sorter;
  const auto cursor = sorter.sorted();

  ASSERT_TRUE(cursor);
  EXPECT_FALSE((*cursor)->valid());
}

}  // namespace
}  // namespace mere::lake
