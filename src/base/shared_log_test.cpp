#include "base/shared_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/test_rider.h"

namespace mere {
namespace {

class SharedLogTest : public testing::Test {
 protected:
  SharedLogTest() {
    log_.join("one", one_);
    log_.join("", other_);
  }
  ~SharedLogTest() override {
    log_.end();
    log_.leave("one");
    log_.leave("");
  }
  void replay(std::string_view piece) { ASSERT_TRUE(log_.replay(piece, orphans_)); }

  SharedLog log_;
  TestRider one_, other_;
  std::size_t orphans_ = 0;
};

TEST_F(SharedLogTest, NobodyCarriesARecordWithoutAnOwner) {
  EXPECT_FALSE(log_.add("one", "x"));
  log_.begin();
  EXPECT_TRUE(log_.add("one", "x"));
  log_.end();
  EXPECT_FALSE(log_.add("one", "x"));
}

TEST_F(SharedLogTest, EachRiderGetsItsOwnRecordsBackInOrder) {
  log_.begin();
  log_.add("one", "a");
  log_.add("", std::string("\0b", 2));
  log_.add("one", "");

  replay(log_.take());

  EXPECT_EQ(one_.records, (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(other_.records, (std::vector<std::string>{std::string("\0b", 2)}));
  EXPECT_EQ(log_.take(), "");
}

TEST_F(SharedLogTest, WhatWasGivenBackComesFirst) {
  log_.begin();
  log_.add("one", "a");
  std::string piece = log_.take();
  log_.add("one", "b");
  log_.give_back(std::move(piece));

  replay(log_.take());

  EXPECT_EQ(one_.records, (std::vector<std::string>{"a", "b"}));
}

TEST_F(SharedLogTest, WhatWaitsIsBounded) {
  log_.begin();
  const std::string record(1 << 20, 'x');
  int added = 0;
  while (log_.add("one", record)) ++added;
  EXPECT_EQ(added, 3);  // four of them and their names are more than 4 MiB
  log_.take();
  EXPECT_TRUE(log_.add("one", record));
}

TEST_F(SharedLogTest, RecordsOfAStoreThatIsGoneAreCounted) {
  log_.begin();
  log_.add("one", "a");
  log_.add("", "b");
  const std::string piece = log_.take();
  log_.end();
  log_.leave("one");

  replay(piece);

  EXPECT_EQ(orphans_, 1u);
  EXPECT_EQ(other_.records, std::vector<std::string>{"b"});
}

TEST_F(SharedLogTest, APieceThatWasCutIsCorruptWhereverItEnds) {
  log_.begin();
  log_.add("one", "abc");
  const std::string piece = log_.take();
  for (std::size_t size = 1; size < piece.size(); ++size) {
    const Status replayed = log_.replay(std::string_view(piece).substr(0, size), orphans_);
    ASSERT_FALSE(replayed) << size;
    EXPECT_EQ(replayed.error().code, Code::corrupt);
  }
}

TEST_F(SharedLogTest, NothingIsCarriedOnceARiderCannotSettle) {
  log_.begin();
  ASSERT_TRUE(log_.settle());
  EXPECT_TRUE(log_.add("one", "a"));
  one_.settles = false;

  EXPECT_FALSE(log_.settle());

  EXPECT_FALSE(log_.add("", "b"));
}

TEST_F(SharedLogTest, PlacesAreToldWithTheNamesOfTheirRiders) {
  one_.where = std::string("x");
  other_.where = std::string("y");
  const std::string places = *log_.places();
  std::swap(one_.where, other_.where);
  EXPECT_NE(*log_.places(), places);

  one_.where = Error{Code::unavailable, "nothing is synced"};
  EXPECT_FALSE(log_.places());
}

TEST_F(SharedLogTest, IsEmptyIfAllRidersAreAndHasWrittenIfOneHas) {
  one_.empty = true;
  one_.written = false;
  EXPECT_FALSE(log_.is_empty());
  EXPECT_TRUE(log_.has_written());

  other_.empty = true;
  other_.written = false;
  EXPECT_TRUE(log_.is_empty());
  EXPECT_FALSE(log_.has_written());
}

}  // namespace
}  // namespace mere
