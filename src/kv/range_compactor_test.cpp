#include "kv/range_compactor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/table_properties.h>

#include <thread>

#include "kv/test_folder.h"

namespace mere::kv {
namespace {

class RangeCompactorTest : public testing::Test {
 protected:
  RangeCompactorTest() {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* db = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open(options, folder_.path(), &db).ok());
    db_.reset(db);
  }
  // Erases a range that has keys below it, so that its mark must be kept.
  void erase(const std::string& begin) {
    ASSERT_TRUE(db_->Put({}, begin + "1", "v").ok());
    ASSERT_TRUE(db_->Flush({}).ok());
    ASSERT_TRUE(db_->DeleteRange({}, db_->DefaultColumnFamily(), begin, begin + "9").ok());
    ASSERT_TRUE(db_->Flush({}).ok());
  }
  std::uint64_t marks() {
    rocksdb::TablePropertiesCollection tables;
    EXPECT_TRUE(db_->GetPropertiesOfAllTables(&tables).ok());
    std::uint64_t sum = 0;
    for (const auto& [name, properties] : tables) sum += properties->num_range_deletions;
    return sum;
  }
  // Down to as many as may be kept.
  bool marks_go() {
    for (int i = 0; i < 1000 && marks() >= RangeCompactor::kKept; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return marks() < RangeCompactor::kKept;
  }

  TestFolder folder_;
  std::unique_ptr<rocksdb::DB> db_;
};

TEST_F(RangeCompactorTest, ClearsUpOnceThereAreAFew) {
  RangeCompactor compactor(*db_);
  ASSERT_TRUE(db_->Put({}, "other", "v").ok());
  for (std::size_t i = 0; i < RangeCompactor::kKept; ++i) {
    const std::string begin = fmt::format("p{:03}/", i);
    erase(begin);
    compactor.add(begin, begin + "9");
  }

  EXPECT_TRUE(marks_go());

  std::string value;
  EXPECT_TRUE(db_->Get({}, "other", &value).ok());
}

TEST_F(RangeCompactorTest, ClearsUpAfterEarlierProcesses) {
  ASSERT_TRUE(db_->SetOptions({{"disable_auto_compactions", "true"}}).ok());
  for (std::size_t i = 0; i < RangeCompactor::kKept; ++i) erase(fmt::format("p{:03}/", i));
  ASSERT_EQ(marks(), RangeCompactor::kKept);

  RangeCompactor compactor(*db_);

  EXPECT_TRUE(marks_go());
}

TEST_F(RangeCompactorTest, GoesWhileItIsAtWork) {
  for (int round = 0; round < 5; ++round) {
    RangeCompactor compactor(*db_);
    for (std::size_t i = 0; i < RangeCompactor::kKept; ++i) {
      ASSERT_TRUE(db_->Put({}, fmt::format("p{:03}/1", i), std::string(10'000, 'v')).ok());
      compactor.add(fmt::format("p{:03}/", i), fmt::format("p{:03}0", i));
    }
  }
}

}  // namespace
}  // namespace mere::kv
