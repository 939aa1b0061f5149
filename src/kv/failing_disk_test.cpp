// The embedded store on a disk that fails: what was acknowledged is there when it works again.
#include <gtest/gtest.h>

#include <set>

#include "base/disk_faults.h"
#include "kv/failing_store.h"
#include "kv/test_folder.h"

namespace mere::kv {
namespace {

TEST(FailingDisk, WithoutAPlanTheStoreWorks) {
  const TestFolder folder;
  const auto faults = make_disk_faults("").value();
  const auto store = open_failing_rocksdb_store({.path = folder.path()}, *faults).value();

  ASSERT_TRUE(put(*store, "a", "1"));

  EXPECT_EQ(store->get("a").value(), "1");
}

TEST(FailingDisk, WhatWasAcknowledgedSurvivesErrorsAndAReopening) {
  for (int seed = 0; seed < 10; ++seed) {
    const TestFolder folder;
    std::set<std::string> acknowledged;
    std::size_t refused = 0;
    {
      const auto faults =
          make_disk_faults("errors-from=100,errors-to=120,error-percent=50,seed=" + std::to_string(seed))
              .value();
      const auto store = open_failing_rocksdb_store({.path = folder.path()}, *faults).value();
      for (int key = 0; key < 100; ++key) {
        const std::string name = "key" + std::to_string(key);
        if (put(*store, name, "value"))
          acknowledged.insert(name);
        else
          ++refused;
      }
    }
    const auto store = open_rocksdb_store({.path = folder.path()}).value();
    for (const std::string& key : acknowledged) {
      EXPECT_EQ(store->get(key).value(), "value") << key << " with seed " << seed;
    }
    EXPECT_GT(acknowledged.size(), 10u) << "seed " << seed;
    EXPECT_GT(refused, 0u) << "seed " << seed;
  }
}

}  // namespace
}  // namespace mere::kv
