// Whatever step of an import its server dies at: the next server finishes the import under the same id, and
// it is merged once.
#include <gtest/gtest.h>

#include <thread>

#include "lake/import_record.h"
#include "lake/test_faults.h"
#include "lake/test_lake.h"

namespace mere::lake {
namespace {

// Never runs what it is given: the process dies first.
struct Lost final : WorkQueue {
  void submit(std::function<void()> lost) override { work.push_back(std::move(lost)); }
  std::vector<std::function<void()>> work;
};

struct ImportsAcrossRestarts : testing::Test {
  // A server on the same lake: what it does to the stores may fail.
  struct Server {
    Server(ImportsAcrossRestarts& of, Faults plan, WorkQueue& queue = inline_work_queue())
        : faults(plan),
          state(*of.test.state, faults),
          bytes(*of.test.store, faults),
          trees(bytes, {}),
          lake(state, bytes, trees, of.test.clock, system_random(), queue, queue, test_options()) {}
    Faults faults;
    FaultyState state;
    FaultyBytes bytes;
    tree::Trees trees;
    Lake lake;
  };

  ImportsAcrossRestarts() {
    for (int i = 0; i < 20; ++i) sources.write("set/f" + std::to_string(i), "bytes " + std::to_string(i));
  }
  ImportStart the_import() const {
    return {.locations = {{ImportLocation::Type::common_prefix, "local://" + sources.path().string() + "/set",
                           "in/"}},
            .commit = {.committer = "tester", .message = "imported"}};
  }
  int imports_merged() {
    int merged = 0;
    const auto head = test.lake.engine.refs.branch(test.repository, kMain);
    const auto walk = test.lake.engine.commits.log(test.repository, head->commit_id, {});
    for (auto commit = walk->next(); commit && *commit; commit = walk->next())
      merged += (*commit)->message == "imported" ? 1 : 0;
    return merged;
  }

  TestFolder root, sources;
  TestLake test{*block::open_local_store({.root = root.path().string(),
                                          .import_enabled = true,
                                          .allowed_external_prefixes = {sources.path().string()},
                                          .sync_writes = false}),
                kv::make_memory_store()};
};

TEST_F(ImportsAcrossRestarts, OneThatDiedAtAnyStepIsFinishedAndMergedOnce) {
  for (const auto kind : {Faults::Kind::crash, Faults::Kind::crash_after}) {
    bool died = true;  // false: there is no such step, all was done
    for (int step = 0; died; ++step) {
      SCOPED_TRACE("kind " + std::to_string(static_cast<int>(kind)) + ", step " + std::to_string(step));
      const int merged_before = imports_merged();
      std::optional<std::string> id;
      {
        Server dies(*this, {.kind = kind, .at = step});
        if (const auto started = dies.lake.imports.start(test.repository, kMain, the_import())) id = *started;
        died = dies.faults.steps > step;
      }

      Server next(*this, {});
      ASSERT_TRUE(next.lake.recover());

      const int merged = imports_merged() - merged_before;
      if (!id) {  // nobody was told of it: it may have been stored or not
        EXPECT_LE(merged, 1);
        continue;
      }
      const auto state = next.lake.imports.state(test.repository, *id);
      ASSERT_TRUE(state);
      EXPECT_TRUE(state->completed) << (state->error ? state->error->message : "");
      EXPECT_EQ(state->ingested_objects, 20);
      EXPECT_EQ(merged, 1);
      EXPECT_EQ(state->commit->id, test.lake.engine.refs.branch(test.repository, kMain)->commit_id);
      EXPECT_EQ(*test.read("in/f7"), "bytes 7");
      ASSERT_TRUE(next.lake.recover());  // nothing is left that would be begun once more
      EXPECT_EQ(imports_merged() - merged_before, 1);
    }
  }
}

TEST_F(ImportsAcrossRestarts, OneThatWasCancelledStaysSo) {
  Lost lost;
  Server dies(*this, {}, lost);
  const auto id = dies.lake.imports.start(test.repository, kMain, the_import());
  ASSERT_TRUE(dies.lake.imports.cancel(test.repository, *id));

  Server next(*this, {});
  ASSERT_TRUE(next.lake.recover());

  EXPECT_EQ(next.lake.imports.state(test.repository, *id)->error,
            (Error{Code::cancelled, "import error: Canceled"}));
  EXPECT_EQ(imports_merged(), 0);
  for (const auto& work : lost.work) work();
  EXPECT_EQ(imports_merged(), 0);
}

TEST_F(ImportsAcrossRestarts, OneThatIsUnderWayAtShutdownIsShownSoAndGoesOn) {
  Lost queued;
  std::string id;
  {
    Server first(*this, {}, queued);
    id = *first.lake.imports.start(test.repository, kMain, the_import());
    std::jthread stops([&] { first.lake.tasks.drain(); });
    while (first.lake.tasks.start(test.repository, "", [](TaskContext&) { return std::string(); }))
      std::this_thread::yield();
    for (std::size_t i = 0; i < queued.work.size(); ++i) queued.work[i]();
  }
  const auto between = test.lake.imports.state(test.repository, id);

  Server next(*this, {});
  ASSERT_TRUE(next.lake.recover());

  EXPECT_FALSE(between->completed);
  EXPECT_FALSE(between->error);
  EXPECT_TRUE(next.lake.imports.state(test.repository, id)->completed);
  EXPECT_EQ(imports_merged(), 1);
}

TEST_F(ImportsAcrossRestarts, OneWhoseSourceIsGoneFailsAndOneWhoseRepositoryIsGoneIsForgotten) {
  Lost lost;
  Server dies(*this, {}, lost);
  const auto other = test.make_repository("other", "local://other");
  const auto id = dies.lake.imports.start(test.repository, kMain, the_import());
  ASSERT_TRUE(dies.lake.imports.start(other, kMain, the_import()));
  std::filesystem::remove_all(sources.path() / "set");
  ASSERT_TRUE(test.lake.engine.repositories.remove(other.name, true));

  Server next(*this, {});
  ASSERT_TRUE(next.lake.recover());

  EXPECT_EQ(next.lake.imports.state(test.repository, *id)->error->code, Code::not_found);
  EXPECT_FALSE(test.state->scan("running-tasks/")->valid());
  for (const auto& work : lost.work) work();
}

TEST(ImportRecord, IsReadAsItWasWritten) {
  const ImportRecord record{version::RepositoryName("repo"),
                            "uid",
                            version::BranchName("main"),
                            {.locations = {{ImportLocation::Type::object, "s3://b/x\n", "y"},
                                           {ImportLocation::Type::common_prefix, "s3://b/", ""}},
                             .commit = {.committer = "c",
                                        .message = "m",
                                        .metadata = {{"k", ""}},
                                        .date = 0,
                                        .allow_empty = true,
                                        .force = true}}};

  const auto read = decode_import(encode_import(record));

  ASSERT_TRUE(read);
  EXPECT_EQ(read->instance_uid, "uid");
  EXPECT_EQ(read->start.commit.date, 0);
  EXPECT_EQ(encode_import(*read), encode_import(record));
  EXPECT_EQ(read->start.locations.at(0).path, "s3://b/x\n");
  EXPECT_EQ(decode_import("\xff").error().code, Code::corrupt);
}

}  // namespace
}  // namespace mere::lake
