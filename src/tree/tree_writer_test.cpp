#include "tree/tree_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "tree/cursors_for_test.h"

namespace mere::tree {
namespace {

Model numbered(int n) {
  Model model;
  for (int i = 0; i < n; ++i) model["key/" + std::to_string(100'000 + i)] = {std::string(32, 'x'), "data"};
  return model;
}

MetaRangeId build(block::Store& store, const TreeOptions& options, WorkQueue* workers, const Model& model) {
  Trees trees(store, options, workers);
  ModelCursor cursor(model);
  auto built = trees.build({"mem://lake"}, cursor);
  EXPECT_TRUE(built);
  return built ? built->id : MetaRangeId("failed");
}

TEST(TreeWriter, CutsTheSameWhoeverClosesTheRanges) {
  const TreeOptions options{.range_raggedness_entries = 13};
  const Model model = numbered(3000);
  auto alone = block::make_memory_store(system_clock());
  const MetaRangeId expected = build(*alone, options, nullptr, model);

  for (const std::size_t threads : {1, 3}) {
    auto store = block::make_memory_store(system_clock());
    auto workers = make_thread_pool(threads, 2);
    EXPECT_EQ(build(*store, options, workers.get(), model), expected);
  }
  auto store = block::make_memory_store(system_clock());
  EXPECT_EQ(build(*store, options, &inline_work_queue(), model), expected);
}

TEST(TreeWriter, WaitsForNobodyWhenTheQueueStandsStill) {
  class Forgetful final : public WorkQueue {
   public:
    void submit(std::function<void()> work) override { kept.push_back(std::move(work)); }
    std::vector<std::function<void()>> kept;
  } workers;
  const TreeOptions options{.range_raggedness_entries = 13};
  const Model model = numbered(1000);
  auto store = block::make_memory_store(system_clock());
  auto other = block::make_memory_store(system_clock());

  EXPECT_EQ(build(*store, options, &workers, model), build(*other, options, nullptr, model));

  EXPECT_FALSE(workers.kept.empty());
  for (auto& work : workers.kept) work();  // late, and harmless
}

TEST(TreeWriter, CutsAtTheSizesThatOptionsSay) {
  const Model model = numbered(3000);
  auto store = block::make_memory_store(system_clock());
  const block::Address ns{"mem://lake"};
  auto ranges_with = [&](const TreeOptions& options) {
    Trees trees(*store, options);
    ModelCursor cursor(model);
    return *trees.ranges(ns, trees.build(ns, cursor)->id);
  };

  EXPECT_EQ(ranges_with({.range_raggedness_entries = 0}).size(), 1u);
  for (const Range& range : ranges_with({.min_range_size_bytes = 5000, .range_raggedness_entries = 3})) {
    if (range.max_key != model.rbegin()->first) EXPECT_GE(range.estimated_size_bytes, 5000u);
  }
  for (const Range& range : ranges_with({.max_range_size_bytes = 6000, .range_raggedness_entries = 0})) {
    EXPECT_LT(range.estimated_size_bytes, 6200u);
  }
}

TEST(TreeWriter, ARangeThatCannotBeWrittenFailsTheWhole) {
  const std::filesystem::path root = std::filesystem::path(testing::TempDir()) / "mere_tree_writer_test";
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root / "lake");
  std::ofstream(root / "lake" / "_lakefs") << "a file where the folder of tables should be";
  auto store = *block::open_local_store({.root = root.string(), .sync_writes = false});
  auto workers = make_thread_pool(2, 2);
  const Model model = numbered(1000);

  for (WorkQueue* queue : {static_cast<WorkQueue*>(nullptr), workers.get()}) {
    Trees trees(*store, {.range_raggedness_entries = 13}, queue);
    ModelCursor cursor(model);
    EXPECT_FALSE(trees.build({"local://lake"}, cursor));
  }
  std::filesystem::remove_all(root);
}

TEST(TreeWriter, RefusesDeletionsAndDisorder) {
  auto store = block::make_memory_store(system_clock());
  Trees trees(*store, {});
  const Model with_tombstone = {{"a", {}}};
  ModelCursor cursor(with_tombstone);
  EXPECT_EQ(trees.build({"mem://lake"}, cursor).error().code, Code::invalid_argument);

  TableStore tables(*store, "_lakefs", 16, 1 << 20);
  TreeWriter writer(tables, {"mem://lake"}, {.range_raggedness_entries = 1},
                    nullptr);  // every record is a range
  ASSERT_TRUE(writer.add({"b", "identity", "data"}));
  EXPECT_EQ(writer.add({"a", "identity", "data"}).error().code, Code::corrupt);
  const std::string id(64, 'a');
  EXPECT_EQ(writer.copy({.id = id, .min_key = "a", .max_key = "c"}, "").error().code, Code::corrupt);
}

}  // namespace
}  // namespace mere::tree
