#include "tree/table_store.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/clock.h"
#include "tree/table_writer.h"

namespace mere::tree {
namespace {

struct Tables {
  ManualClock clock;
  std::unique_ptr<block::Store> store = block::make_memory_store(clock);
  TableStore tables{*store, "_lakefs", 16, 1 << 20};
  const block::Address ns{"mem://lake"};
};

FinishedTable table_of(std::string_view key) {
  TableWriter writer({{"type", "ranges"}});
  EXPECT_TRUE(writer.add(key, "value"));
  return writer.finish();
}

TEST(TableStore, LaysTablesWhereLakeFsLooksForThem) {
  Tables t;
  const FinishedTable table = table_of("a");

  ASSERT_TRUE(t.tables.put(t.ns, table.id, table.file));

  EXPECT_EQ(*block::read_all(*t.store, {"mem://lake/_lakefs/" + table.id}, 1 << 20), table.file);
  EXPECT_TRUE(t.tables.check_exists(t.ns, table.id));
  EXPECT_NE((*t.tables.open(t.ns, table.id))->find("a")->block, nullptr);
}

TEST(TableStore, DoesNotWriteWhatIsThere) {
  Tables t;
  const FinishedTable table = table_of("a");
  const block::Address address{"mem://lake/" + t.tables.location(table.id)};
  ASSERT_TRUE(t.tables.put(t.ns, table.id, table.file));
  const Timestamp written = t.store->stat(address)->last_modified;
  t.clock.advance(std::chrono::hours(1));

  ASSERT_TRUE(t.tables.put(t.ns, table.id, table.file));
  EXPECT_EQ(t.store->stat(address)->last_modified, written);

  ASSERT_TRUE(block::write_all(*t.store, address, std::string_view(table.file).substr(0, 100)));
  ASSERT_TRUE(t.tables.put(t.ns, table.id, table.file));
  EXPECT_EQ(t.store->stat(address)->size_bytes, table.file.size());
}

TEST(TableStore, KeepsASmallTableOpenThatWasPut) {
  Tables t;
  const FinishedTable table = table_of("a");
  ASSERT_TRUE(t.tables.put(t.ns, table.id, table.file));
  ASSERT_TRUE(t.store->remove({"mem://lake/" + t.tables.location(table.id)}));

  const auto open = t.tables.open(t.ns, table.id);

  ASSERT_TRUE(open);
  EXPECT_EQ((*open)->find("a")->value, "value");
  EXPECT_EQ((*open)->read_properties()->at("type"), "ranges");
}

TEST(TableStore, KeepsNamespacesApart) {
  Tables t;
  const FinishedTable table = table_of("a");
  ASSERT_TRUE(t.tables.put(t.ns, table.id, table.file));
  ASSERT_TRUE(t.tables.open(t.ns, table.id));

  EXPECT_EQ(t.tables.open({"mem://other"}, table.id).error().code, Code::gone);
}

TEST(TableStore, AnswersGoneForWhatCannotBeATable) {
  Tables t;

  EXPECT_EQ(t.tables.open(t.ns, "").error().code, Code::gone);
  EXPECT_EQ(t.tables.open(t.ns, "../../etc/passwd").error().code, Code::gone);
  EXPECT_EQ(t.tables.check_exists(t.ns, "dummy").error().code, Code::gone);
}

TEST(TableStore, ManyThreadsMayPutAndOpenOneTable) {
  Tables t;
  const FinishedTable table = table_of("a");
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;

  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) {
        if (!t.tables.put(t.ns, table.id, table.file)) ++failures;
        auto opened = t.tables.open(t.ns, table.id);
        if (!opened || !(*opened)->find("a")->block) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace mere::tree
