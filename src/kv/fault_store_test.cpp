#include "kv/fault_store.h"

#include <gtest/gtest.h>

namespace mere::kv {
namespace {

class FaultStoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> below_ = make_memory_store();
  FaultStore store_{*below_};
};

TEST_F(FaultStoreTest, FailsTheChosenCallAlone) {
  store_.fail_call(1, FaultStore::When::before, {Code::no_space, "full"});

  EXPECT_TRUE(put(store_, "a", "1"));
  EXPECT_EQ(put(store_, "b", "1").error().code, Code::no_space);
  EXPECT_TRUE(put(store_, "c", "1"));

  EXPECT_FALSE(below_->get("b")->has_value());
  EXPECT_EQ(store_.calls(), 3u);
  EXPECT_EQ(store_.faults(), 1u);
}

TEST_F(FaultStoreTest, FailsAfterTheWriteHappened) {
  store_.fail_call(0, FaultStore::When::after);

  EXPECT_EQ(put(store_, "a", "1").error().code, Code::unavailable);

  EXPECT_EQ(below_->get("a").value(), "1");
}

TEST_F(FaultStoreTest, StaysGoneUntilHealed) {
  ASSERT_TRUE(put(store_, "a", "1"));
  store_.fail_from(0);

  EXPECT_FALSE(store_.get("a"));
  EXPECT_FALSE(store_.erase_prefix("a"));
  EXPECT_FALSE(store_.scan("a")->valid());
  store_.heal();

  EXPECT_EQ(store_.get("a").value(), "1");
}

TEST_F(FaultStoreTest, FailsInTheMiddleOfAScan) {
  ASSERT_TRUE(put(store_, "a", "1"));
  ASSERT_TRUE(put(store_, "b", "2"));
  store_.fail_call(1, FaultStore::When::before);
  const auto cursor = store_.scan("");
  ASSERT_TRUE(cursor->valid());

  cursor->next();

  EXPECT_FALSE(cursor->valid());
  EXPECT_FALSE(cursor->status());
  cursor->seek("b");
  ASSERT_TRUE(cursor->valid());
  EXPECT_EQ(cursor->value(), "2");
}

TEST_F(FaultStoreTest, FailsTheSameCallsFromTheSameSeed) {
  const auto outcomes = [&] {
    SeededRandom random(5);
    store_.fail_randomly(random, 3);
    std::string seen;
    for (int i = 0; i < 60; ++i) seen += put(store_, "k", "v") ? '.' : 'x';
    store_.heal();
    return seen;
  };

  const std::string first = outcomes();

  EXPECT_EQ(first, outcomes());
  EXPECT_NE(first.find('x'), first.npos);
  EXPECT_NE(first.find('.'), first.npos);
}

}  // namespace
}  // namespace mere::kv
