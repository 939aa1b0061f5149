#include "lake/imports.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "lake/test_lake.h"

namespace mere::lake {
namespace {

class ImportsTest : public testing::Test {
 protected:
  static LakeOptions options() {
    LakeOptions options = test_options();
    options.imports.sort_memory_bytes = 32 << 10;  // so that temporary files are used
    return options;
  }
  std::string source(const std::string& relative = "") const {
    return "local://" + sources.path().string() + "/" + relative;
  }

  ImportState import(std::vector<ImportLocation> locations, const std::string& message = "imported",
                     const version::Repository* into = nullptr) {
    test.clock.advance(std::chrono::seconds(1));
    const version::Repository& repository = into != nullptr ? *into : test.repository;
    ImportStart start{.locations = std::move(locations),
                      .commit = {.committer = "tester", .message = message, .metadata = {{"src", "set1"}}}};
    const auto id = test.lake.imports.start(repository, kMain, start);
    EXPECT_TRUE(id) << (id ? "" : id.error().message);
    if (!id) return {};
    return *test.lake.imports.state(repository, *id);
  }
  std::vector<std::string> paths(const std::string& ref = "main") {
    std::vector<std::string> found;
    EXPECT_TRUE(test.lake.engine.entries.list(
        test.repository, RefExpr(ref), {.amount = 1000},
        [&](std::string_view path, const tree::Entry*) { found.emplace_back(path); }));
    return found;
  }
  using Type = ImportLocation::Type;

  TestFolder root;
  TestFolder sources;
  TestLake test{*block::open_local_store({.root = root.path().string(),
                                          .import_enabled = true,
                                          .allowed_external_prefixes = {sources.path().string()},
                                          .sync_writes = false}),
                kv::make_memory_store(), options()};
};

TEST_F(ImportsTest, AFolderBecomesEntriesThatPointToItsFiles) {
  sources.write("set1/a.txt", "alpha\n");
  sources.write("set1/b.txt", "bravo bravo\n");
  sources.write("set1/sub/c.csv", "1,2\n3,4\n");
  sources.write("set1/.hidden", "x");

  const ImportState state = import({{Type::common_prefix, source("set1/"), "in/"}});

  ASSERT_TRUE(state.completed) << (state.error ? state.error->message : "");
  EXPECT_EQ(state.ingested_objects, 3);
  EXPECT_EQ(state.commit->message, "imported");
  EXPECT_EQ(state.commit->metadata, (Metadata{{".lakefs.merge.strategy", "source-wins"}, {"src", "set1"}}));
  EXPECT_EQ(state.metarange_id, state.commit->meta_range_id.str());
  EXPECT_EQ(paths(), (std::vector<std::string>{"in/a.txt", "in/b.txt", "in/sub/c.csv"}));
  const auto entry = test.lake.objects.find(test.repository, RefExpr("main"), "in/a.txt");
  EXPECT_EQ(entry->checksum, "9f9f90dbe3e5ee1218c86b8839db1995");
  EXPECT_EQ(entry->address, source("set1/a.txt"));
  EXPECT_EQ(entry->address_type, tree::AddressType::full);
  EXPECT_EQ(entry->content_type, "");
  EXPECT_EQ(entry->size_bytes, 6);
  EXPECT_EQ(*test.read("in/a.txt"), "alpha\n");
  const auto metadata = test.lake.engine.repositories.metadata(test.repository);
  EXPECT_EQ(metadata->at(".lakefs.last.import.timestamp"),
            std::to_string(state.commit->creation_date.seconds));
}

TEST_F(ImportsTest, WhatWasUnderTheDestinationIsReplacedAndTheRestStays) {
  ASSERT_TRUE(test.upload("in/old", "x"));
  ASSERT_TRUE(test.upload("in/a", "x"));
  ASSERT_TRUE(test.upload("inner", "x"));
  ASSERT_TRUE(test.upload("single", "x"));
  ASSERT_TRUE(test.upload("z", "x"));
  ASSERT_TRUE(test.commit());
  sources.write("set/a", "new");
  sources.write("one", "one");

  const ImportState state =
      import({{Type::common_prefix, source("set"), "in"}, {Type::object, source("one"), "single"}});

  ASSERT_TRUE(state.completed) << (state.error ? state.error->message : "");
  EXPECT_EQ(paths(), (std::vector<std::string>{"in/a", "inner", "single", "z"}));
  EXPECT_EQ(*test.read("in/a"), "new");
  EXPECT_EQ(*test.read("single"), "one");
  EXPECT_EQ(*test.read("z"), "x");
}

TEST_F(ImportsTest, OfTwoSourcesForOnePathTheLaterWins) {
  for (int i = 0; i < 50; ++i) {
    sources.write("first/f" + std::to_string(i), "first");
    if (i % 2 == 0) sources.write("second/f" + std::to_string(i), "second");
  }
  sources.write("third", "third");

  const ImportState state = import({{Type::common_prefix, source("first"), ""},
                                    {Type::common_prefix, source("second"), ""},
                                    {Type::object, source("third"), "f4"}});

  ASSERT_TRUE(state.completed) << (state.error ? state.error->message : "");
  EXPECT_EQ(paths().size(), 50u);
  EXPECT_EQ(*test.read("f1"), "first");
  EXPECT_EQ(*test.read("f2"), "second");
  EXPECT_EQ(*test.read("f4"), "third");
}

TEST_F(ImportsTest, ManyFilesAreSortedAndHashedRight) {
  std::map<std::string, std::string> expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "d" + std::to_string(i % 7) + "/f" + std::to_string(i);
    sources.write("many/" + name, name);
    expected[name] = name;
  }

  const ImportState state = import({{Type::common_prefix, source("many/"), ""}});

  ASSERT_TRUE(state.completed) << (state.error ? state.error->message : "");
  EXPECT_EQ(state.ingested_objects, 1000);
  auto model = expected.begin();
  ASSERT_TRUE(
      test.lake.engine.entries.for_each(test.repository, {.commit = state.commit->id}, "",
                                        [&](std::string_view path, const tree::Entry& entry) -> Status {
                                          EXPECT_EQ(path, model->first);
                                          EXPECT_EQ(entry.checksum, to_hex(md5(model->second)));
                                          ++model;
                                          return {};
                                        }));
  EXPECT_EQ(model, expected.end());
}

TEST_F(ImportsTest, AMissingSourceFailsTheImportAndMovesNothing) {
  const auto before = test.lake.engine.refs.branch(test.repository, kMain);

  const ImportState folder = import({{Type::common_prefix, source("none/"), "x/"}});
  const ImportState object = import({{Type::object, source("none"), "x"}});

  const std::string message =
      "import error: error on ingest: lstat " + sources.path().string() + "/none: no such file or directory";
  EXPECT_FALSE(folder.completed);
  EXPECT_EQ(folder.error->message, message);
  EXPECT_EQ(folder.ingested_objects, 0);
  EXPECT_EQ(object.error->message, message);
  EXPECT_EQ(test.lake.engine.refs.branch(test.repository, kMain)->commit_id, before->commit_id);
}

TEST_F(ImportsTest, ADirtyBranchAndAReadOnlyRepositoryFailInTheBackground) {
  sources.write("set/a", "x");
  const auto read_only = test.make_repository("read-only", "local://ro", true);
  ASSERT_TRUE(test.upload("dirty", "x"));

  const ImportState dirty = import({{Type::common_prefix, source("set"), ""}});
  const ImportState refused = import({{Type::common_prefix, source("set"), ""}}, "m", &read_only);

  EXPECT_EQ(dirty.error->message, "import error: uncommitted changes (dirty branch)");
  EXPECT_EQ(refused.error->message, "import error: read-only repository");
}

TEST_F(ImportsTest, WithoutSourcesItIsACommitOfWhatIsThere) {
  sources.write("set/a", "a");
  import({{Type::common_prefix, source("set"), "kept/"}});

  const ImportState state = import({}, "of nothing");

  ASSERT_TRUE(state.completed) << (state.error ? state.error->message : "");
  EXPECT_EQ(state.ingested_objects, 0);
  EXPECT_EQ(state.commit->message, "of nothing");
  EXPECT_EQ(paths(), std::vector<std::string>{"kept/a"});
}

TEST_F(ImportsTest, IsRefusedAtOnceWhereItCannotWork) {
  const auto refusal = [&](ImportLocation location, const char* branch = "main") {
    auto id = test.lake.imports.start(test.repository, BranchName(branch), {.locations = {location}});
    return id ? Error{Code::internal, "accepted"} : id.error();
  };

  EXPECT_EQ(refusal({Type::common_prefix, source(), ""}, "nope"),
            (Error{Code::not_found, "branch not found"}));
  EXPECT_EQ(refusal({Type::common_prefix, "local:///etc/", ""}).code, Code::invalid_argument);
  EXPECT_EQ(refusal({Type::common_prefix, "s3://bucket/", ""}).code, Code::invalid_argument);
  EXPECT_EQ(refusal({Type::common_prefix, "local://repo/data/", ""}).code, Code::invalid_argument);
  EXPECT_EQ(refusal({Type::common_prefix, "local://repo", ""}).code, Code::invalid_argument);
  EXPECT_EQ(refusal({Type::common_prefix, "local://rep", ""}).code, Code::invalid_argument);
  EXPECT_EQ(refusal({Type::object, "local://repo/_lakefs/dummy", "x"}),
            (Error{Code::invalid_argument,
                   "import path local://repo/_lakefs/dummy: the repository's own storage namespace is an "
                   "invalid import source"}));
  EXPECT_EQ(refusal({Type::common_prefix, "local://" + root.path().string(), ""}).code,
            Code::invalid_argument);
  EXPECT_EQ(refusal({Type::common_prefix, "local://" + root.path().string() + "/repo/data", ""}).code,
            Code::invalid_argument);
  EXPECT_EQ(refusal({Type::object, source("x"), ""}).code, Code::invalid_argument);
}

TEST_F(ImportsTest, ANeighbourOfTheNamespaceIsNoPartOfIt) {
  ASSERT_TRUE(block::write_all(*test.store, {"local://repository2/file"}, "x"));

  const ImportState state = import({{Type::common_prefix, "local://repository2/", "n/"}});

  EXPECT_TRUE(state.completed) << (state.error ? state.error->message : "");
}

TEST_F(ImportsTest, UnknownOnesAreNotFoundAndFinishedOnesCannotBeCancelled) {
  sources.write("set/a", "x");
  const auto id = test.lake.imports.start(test.repository, kMain,
                                          {.locations = {{Type::common_prefix, source("set"), ""}}});
  ASSERT_TRUE(test.lake.imports.state(test.repository, *id)->completed);

  EXPECT_EQ(test.lake.imports.cancel(test.repository, *id).error(),
            (Error{Code::conflict, "conflict found"}));
  EXPECT_EQ(test.lake.imports.state(test.repository, "nope").error(), (Error{Code::not_found, "not found"}));
  EXPECT_EQ(test.lake.imports.cancel(test.repository, "nope").error(), (Error{Code::not_found, "not found"}));
  EXPECT_EQ(test.lake.imports.state(test.repository, *id)->commit->message, "Import objects");
}

TEST(Imports, AStoreThatCannotImportRefuses) {
  TestLake test;

  const auto id = test.lake.imports.start(
      test.repository, kMain, {.locations = {{ImportLocation::Type::common_prefix, "mem://x/", ""}}});

  ASSERT_FALSE(id);
  EXPECT_EQ(id.error(), (Error{Code::permission_denied, "import is not supported for this storage"}));
}

TEST(Imports, ACancelledImportMergesNothing) {
  struct Slow final : WorkQueue {
    void submit(std::function<void()> work) override { pending.push_back(std::move(work)); }
    std::vector<std::function<void()>> pending;
  } later;
  TestFolder root, sources;
  sources.write("a", "x");
  TestLake test(*block::open_local_store({.root = root.path().string(),
                                          .import_enabled = true,
                                          .allowed_external_prefixes = {sources.path().string()},
                                          .sync_writes = false}),
                kv::make_memory_store(), test_options(), later);
  const auto id = test.lake.imports.start(
      test.repository, kMain,
      {.locations = {{ImportLocation::Type::common_prefix, "local://" + sources.path().string(), ""}}});
  ASSERT_TRUE(id);

  ASSERT_TRUE(test.lake.imports.cancel(test.repository, *id));
  const auto at_once = test.lake.imports.state(test.repository, *id);
  for (std::size_t i = 0; i < later.pending.size(); ++i) later.pending[i]();

  const auto state = test.lake.imports.state(test.repository, *id);
  EXPECT_FALSE(state->completed);
  EXPECT_EQ(state->error, (Error{Code::cancelled, "import error: Canceled"}));
  EXPECT_EQ(at_once->error, state->error);
  EXPECT_EQ(at_once->update_time, state->update_time);
  EXPECT_FALSE(test.lake.objects.find(test.repository, RefExpr("main"), "a"));
}

}  // namespace
}  // namespace mere::lake
