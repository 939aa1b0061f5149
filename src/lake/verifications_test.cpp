#include "lake/verifications.h"

#include <gtest/gtest.h>

#include "lake/entry_address.h"
#include "lake/test_lake.h"
#include "lake/test_queue.h"

namespace mere::lake {
namespace {

class VerificationsTest : public testing::Test {
 protected:
  VerificationsTest()
      : test_(block::make_memory_store(system_clock()), kv::make_memory_store(), test_options(), queue_) {
    for (int i = 0; i < 5; ++i)
      EXPECT_TRUE(test_.upload("object-" + std::to_string(i), "bytes " + std::to_string(i)));
  }
  ~VerificationsTest() override { queue_.run(); }

  void lose(const std::string& path) {
    const auto entry = test_.lake.objects.find(test_.repository, version::RefExpr("main"), path);
    ASSERT_TRUE(test_.store->remove(address_of(test_.repository, *entry)));
  }
  std::string start(const VerifyOptions& options = {}) {
    const auto id = test_.lake.verifications.start(test_.repository, options);
    EXPECT_TRUE(id) << (id ? "" : id.error().message);
    return id ? *id : "";
  }
  std::vector<std::string> found(const std::string& id, std::uint64_t after = 0, std::size_t amount = 100) {
    const auto page = test_.lake.verifications.findings(test_.repository, id, after, amount);
    EXPECT_TRUE(page);
    std::vector<std::string> paths;
    for (const Finding& finding : page->items) paths.push_back(finding.path);
    return paths;
  }
  std::size_t stored_findings() {
    std::size_t count = 0;
    const auto cursor = test_.state->scan("r/" + test_.repository.instance_uid + "/findings/");
    for (; cursor->valid(); cursor->next()) ++count;
    return count;
  }

  HeldQueue queue_;
  TestLake test_;
};

TEST_F(VerificationsTest, OfAWholeRepositoryNothingIsFound) {
  const std::string id = start({.objects = true});

  queue_.run();

  const auto state = test_.lake.verifications.state(test_.repository, id);
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->completed);
  EXPECT_FALSE(state->error);
  ASSERT_TRUE(state->counts);
  EXPECT_EQ(state->counts->entries, 5u);
  EXPECT_EQ(state->counts->bytes, 35u);
  EXPECT_EQ(state->counts->findings, 0u);
  EXPECT_TRUE(found(id).empty());
}

TEST_F(VerificationsTest, WhatIsFoundIsListedInPages) {
  for (int i = 0; i < 5; ++i) lose("object-" + std::to_string(i));
  const std::string id = start({.threads = 1});

  queue_.run();

  EXPECT_EQ(found(id, 0, 2), (std::vector<std::string>{"object-0", "object-1"}));
  EXPECT_EQ(found(id, 2, 2), (std::vector<std::string>{"object-2", "object-3"}));
  EXPECT_EQ(found(id, 4, 2), (std::vector<std::string>{"object-4"}));
  EXPECT_TRUE(found(id, 5, 2).empty());
  EXPECT_TRUE(found(id, ~std::uint64_t{0}, 2).empty());
  EXPECT_TRUE(test_.lake.verifications.findings(test_.repository, id, 0, 2)->has_more);
  EXPECT_FALSE(test_.lake.verifications.findings(test_.repository, id, 4, 2)->has_more);
}

TEST_F(VerificationsTest, ASecondCheckIsRefusedUntilTheFirstHasEnded) {
  start();

  const auto second = test_.lake.verifications.start(test_.repository, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
  queue_.run();

  EXPECT_TRUE(test_.lake.verifications.start(test_.repository, {}));
}

TEST_F(VerificationsTest, ACancelledCheckFindsNothingMoreAndLeavesRoom) {
  lose("object-1");
  const std::string id = start();

  ASSERT_TRUE(test_.lake.verifications.cancel(test_.repository, id));
  queue_.run();

  const auto state = test_.lake.verifications.state(test_.repository, id);
  EXPECT_TRUE(state->completed);
  EXPECT_EQ(state->error->code, Code::cancelled);
  EXPECT_TRUE(found(id).empty());
  EXPECT_EQ(test_.lake.verifications.cancel(test_.repository, id).error().code, Code::conflict);
  EXPECT_TRUE(test_.lake.verifications.start(test_.repository, {}));
}

TEST_F(VerificationsTest, WhatWasFoundGoesWithItsTask) {
  lose("object-1");
  const std::string old = start();
  queue_.run();
  ASSERT_EQ(stored_findings(), 1u);
  ASSERT_TRUE(test_.upload("object-1", "bytes 1"));

  test_.clock.advance(std::chrono::hours(8 * 24));
  start();
  queue_.run();

  EXPECT_EQ(stored_findings(), 0u);
  EXPECT_EQ(test_.lake.verifications.state(test_.repository, old).error().code, Code::not_found);
}

TEST_F(VerificationsTest, NothingIsMovedInARepositoryThatIsOnlyRead) {
  const auto only_read = test_.make_repository("only-read", "mem://only-read", /*read_only=*/true);

  const auto id = test_.lake.verifications.start(only_read, {.quarantine = true});

  EXPECT_EQ(id.error().code, Code::permission_denied);
  EXPECT_TRUE(test_.lake.verifications.start(only_read, {}));
}

TEST_F(VerificationsTest, OtherTasksAreNoChecks) {
  const auto other =
      test_.lake.tasks.start(test_.repository, "GCPC", [](TaskContext&) { return std::string(); });

  EXPECT_EQ(test_.lake.verifications.state(test_.repository, *other).error().code, Code::not_found);
  EXPECT_EQ(test_.lake.verifications.findings(test_.repository, *other, 0, 10).error().code, Code::not_found);
  EXPECT_EQ(test_.lake.verifications.cancel(test_.repository, *other).error().code, Code::not_found);
}

}  // namespace
}  // namespace mere::lake
