// Many threads, and several servers, on one branch.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "version/engine_test_support.h"
#include "version/keys.h"

namespace mere::version {
namespace {

const BranchName kMain("main");

void in_parallel(int threads, const std::function<void(int thread)>& work) {
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back(work, i);
  for (std::thread& thread : running) thread.join();
}

// A server: its own engine and background threads over the stores of `lake`.
struct Server {
  explicit Server(TestLake& lake, UpdateOptions options = {})
      : pool(make_thread_pool(2, 64)),
        engine(*lake.state, *lake.store, lake.trees, system_clock(), system_random(), *pool, "_lakefs",
               options),
        repository(lake.repository) {}

  Status put(const std::string& path, const std::string& content, const WriteOptions& options = {}) {
    tree::Entry entry;
    entry.checksum = content;
    return engine.entries.put(repository, kMain, path, entry, options);
  }
  Status remove(const std::string& path) { return engine.entries.remove(repository, kMain, path); }
  Result<Commit> commit(const std::string& message, bool allow_empty = false) {
    CommitRequest request;
    request.message = message;
    request.allow_empty = allow_empty;
    return engine.updates.commit(repository, kMain, request);
  }
  std::string checksum(const std::string& path) {
    const auto found = engine.entries.find(repository, RefExpr("main"), path);
    return found ? found->checksum : "(" + found.error().message + ")";
  }

  std::unique_ptr<WorkQueue> pool;
  Engine engine;
  Repository repository;
};

bool committed_or_nothing_to_do(const Result<Commit>& commit) {
  return commit || commit.error().message == "commit: no changes";
}

// Every commit of the branch, from the head to the first, each once and in a line.
std::size_t count_line(TestLake& lake) {
  std::size_t count = 0;
  CommitId id = lake.branch().commit_id;
  for (;;) {
    const auto commit = lake.engine().commits.get(lake.repository, id);
    EXPECT_TRUE(commit) << failure_of(commit);
    ++count;
    if ((*commit)->parents.empty()) return count;
    id = (*commit)->parents.front();
  }
}

class Servers : public testing::TestWithParam<int> {};

TEST_P(Servers, CommitsOfManyThreadsLoseNothing) {
  constexpr int kThreads = 16;
  constexpr int kRounds = 20;
  TestLake lake;
  std::vector<std::unique_ptr<Server>> servers;
  for (int i = 0; i < GetParam(); ++i) servers.push_back(std::make_unique<Server>(lake));
  std::atomic<std::size_t> commits = 1;  // the first

  in_parallel(kThreads, [&](int thread) {
    Server& server = *servers[static_cast<std::size_t>(thread) % servers.size()];
    for (int i = 0; i < kRounds; ++i) {
      const std::string path = "t" + std::to_string(thread) + "/" + std::to_string(i);
      ASSERT_TRUE(server.put(path, path));
      const auto commit = server.commit(path);
      ASSERT_TRUE(committed_or_nothing_to_do(commit)) << failure_of(commit);
      if (commit) ++commits;
    }
  });

  EXPECT_EQ(lake.content().size(), static_cast<std::size_t>(kThreads * kRounds));
  EXPECT_EQ(count_line(lake), commits) << "each success is a commit of the branch";
  EXPECT_TRUE(lake.uncommitted().empty()) << "each write was followed by a commit";
}

TEST_P(Servers, NoAcknowledgedWriteIsLostToCommitsAndCompactions) {
  constexpr int kWriters = 6;
  constexpr int kWrites = 150;
  TestLake lake;
  std::vector<std::unique_ptr<Server>> servers;
  for (int i = 0; i < GetParam(); ++i) servers.push_back(std::make_unique<Server>(lake));
  std::atomic<int> writing = kWriters;
  std::mutex mutex;
  Content expected;

  in_parallel(kWriters + 4, [&](int thread) {
    Server& server = *servers[static_cast<std::size_t>(thread) % servers.size()];
    if (thread >= kWriters) {
      for (int i = 0; writing > 0; ++i) {
        if (thread == kWriters) {
          const Status compacted = server.engine.updates.compact(server.repository, kMain);
          ASSERT_TRUE(compacted) << failure_of(compacted);
        } else {
          const auto commit = server.commit("commit", i % 7 == 0);
          ASSERT_TRUE(committed_or_nothing_to_do(commit)) << failure_of(commit);
        }
      }
      return;
    }
    // Its own paths: what this thread wrote last is what it must read.
    Content own;
    for (int i = 0; i < kWrites; ++i) {
      const std::string path = "w" + std::to_string(thread) + "/" + std::to_string(i % 7);
      if (i % 3 == 2) {
        ASSERT_TRUE(server.remove(path));
        own.erase(path);
      } else if (i % 5 == 4) {
        const Status put = server.put(path, std::to_string(i), {.if_absent = true});
        ASSERT_EQ(put.has_value(), !own.contains(path)) << failure_of(put);
        own.try_emplace(path, std::to_string(i));
      } else {
        ASSERT_TRUE(server.put(path, std::to_string(i)));
        own[path] = std::to_string(i);
      }
      const std::string look = "w" + std::to_string(thread) + "/" + std::to_string((i * 5) % 7);
      ASSERT_EQ(server.checksum(look), own.contains(look) ? own[look] : "(not found)") << look;
    }
    {
      std::lock_guard lock(mutex);
      expected.insert(own.begin(), own.end());
    }
    --writing;
  });

  EXPECT_EQ(lake.content(), expected);
  ASSERT_TRUE(committed_or_nothing_to_do(servers[0]->commit("rest")));
  EXPECT_EQ(lake.content("main@"), expected);
}

TEST_P(Servers, ListingsAreWholeWhileCommitsMoveWhatTheyShow) {
  TestLake lake;
  std::vector<std::unique_ptr<Server>> servers;
  for (int i = 0; i < GetParam(); ++i) servers.push_back(std::make_unique<Server>(lake));
  Content stable;
  for (int i = 0; i < 30; ++i) {
    stable["s/" + std::to_string(i)] = "1";
    ASSERT_TRUE(lake.put("s/" + std::to_string(i), "1"));
  }
  std::atomic<bool> done = false;

  in_parallel(4, [&](int thread) {
    Server& server = *servers[static_cast<std::size_t>(thread) % servers.size()];
    if (thread == 0) {
      for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(server.put("t", std::to_string(i)));
        ASSERT_TRUE(server.put("s/" + std::to_string(i % 30), "1"));  // the same: no effect
        ASSERT_TRUE(committed_or_nothing_to_do(server.commit("c")));
      }
      done = true;
    }
    while (!done) {
      ListRequest request;
      request.prefix = "s/";
      std::size_t shown = 0;
      ASSERT_TRUE(server.engine.entries.list(server.repository, RefExpr("main"), request,
                                             [&](std::string_view, const tree::Entry*) { ++shown; }));
      ASSERT_EQ(shown, stable.size());
    }
  });
}

TEST_P(Servers, OfWritersThatWantAPathAbsentOneWins) {
  constexpr int kThreads = 8;
  constexpr int kPaths = 40;
  TestLake lake;
  std::vector<std::unique_ptr<Server>> servers;
  for (int i = 0; i < GetParam(); ++i) servers.push_back(std::make_unique<Server>(lake));
  std::vector<std::atomic<int>> winners(kPaths);

  in_parallel(kThreads, [&](int thread) {
    Server& server = *servers[static_cast<std::size_t>(thread) % servers.size()];
    for (int i = 0; i < kPaths; ++i) {
      const Status put = server.put("p" + std::to_string(i), std::to_string(thread), {.if_absent = true});
      if (put)
        ++winners[static_cast<std::size_t>(i)];
      else
        ASSERT_EQ(failure_of(put), "path already exists");
      if (i % 4 == thread % 4) ASSERT_TRUE(committed_or_nothing_to_do(server.commit("c")));
    }
  });

  for (const auto& count : winners) EXPECT_EQ(count, 1);
}

TEST_P(Servers, MergesAndCommitsIntoOneBranchLoseNothing) {
  constexpr int kThreads = 6;
  constexpr int kRounds = 8;
  TestLake lake;
  std::vector<std::unique_ptr<Server>> servers;
  for (int i = 0; i < GetParam(); ++i) servers.push_back(std::make_unique<Server>(lake));
  for (int i = 0; i < kThreads; ++i) lake.make_branch("b" + std::to_string(i));
  std::atomic<int> merges = 0;

  in_parallel(kThreads, [&](int thread) {
    Server& server = *servers[static_cast<std::size_t>(thread) % servers.size()];
    const BranchName own("b" + std::to_string(thread));
    for (int i = 0; i < kRounds; ++i) {
      tree::Entry entry;
      entry.checksum = std::to_string(i);
      const std::string path = own.str() + "/" + std::to_string(i);
      ASSERT_TRUE(server.engine.entries.put(server.repository, own, path, entry));
      ASSERT_TRUE(server.engine.updates.commit(server.repository, own, {}));
      const auto merged = server.engine.updates.merge(server.repository, RefExpr(own.str()), kMain, {});
      ASSERT_TRUE(merged) << failure_of(merged);
      ++merges;
    }
  });

  EXPECT_EQ(merges, kThreads * kRounds);
  EXPECT_EQ(lake.content("main@").size(), static_cast<std::size_t>(kThreads * kRounds));
}

INSTANTIATE_TEST_SUITE_P(OnOneBranch, Servers, testing::Values(1, 2));

TEST(DroppedTokens, AreErasedByTheLastOfManyUpdates) {
  for (int round = 0; round < 10; ++round) {
    TestLake lake;
    {
      Server server(lake);
      in_parallel(4, [&](int thread) {
        for (int i = 0; i < 7; ++i) {
          EXPECT_TRUE(server.put(std::to_string(thread) + "/" + std::to_string(i), "x"));
          EXPECT_TRUE(committed_or_nothing_to_do(server.commit("x")));
        }
      });
    }
    EXPECT_FALSE(lake.state->scan(keys::kDropped)->valid());
  }
}

// Calls `then` once, when staged changes are about to be looked at for the first time.
class InterruptedStore final : public kv::Store {
 public:
  InterruptedStore(kv::Store& below, std::function<void()> then) : below_(below), then_(std::move(then)) {}

  Result<std::optional<std::string>> get(std::string_view key) const override {
    interrupt(key);
    return below_.get(key);
  }
  Status write(std::span<const kv::Write> writes, kv::Durability durability) override {
    return below_.write(writes, durability);
  }
  std::unique_ptr<kv::Cursor> scan(std::string_view prefix) const override {
    interrupt(prefix);
    return below_.scan(prefix);
  }
  Status erase_prefix(std::string_view prefix) override { return below_.erase_prefix(prefix); }

 private:
  void interrupt(std::string_view key) const {
    if (key.starts_with("s/") && then_) std::exchange(then_, nullptr)();
  }

  kv::Store& below_;
  mutable std::function<void()> then_;
};

TEST(SeveralServers, AnUpdateDoesNotTakeWhatAnotherFoldedForNothing) {
  const std::function<Status(Engine&, const Repository&)> updates[] = {
      [](Engine& engine, const Repository& repository) -> Status {
        RETURN_IF_ERROR(engine.updates.commit(repository, kMain, {}));
        return {};
      },
      [](Engine& engine, const Repository& repository) {
        return engine.updates.reset(repository, kMain, false);
      },
      [](Engine& engine, const Repository& repository) {
        return engine.updates.reset_prefix(repository, kMain, "a/", false);
      },
      [](Engine& engine, const Repository& repository) {
        return engine.updates.reset_path(repository, kMain, "a/1", false);
      },
  };
  for (const auto& update : updates) {
    TestLake lake;
    ASSERT_TRUE(lake.put("a/1", "new"));
    Server other(lake);
    InterruptedStore state(*lake.state, [&] {  // folded, and erased under its old name
      ASSERT_TRUE(other.engine.updates.compact(lake.repository, kMain));
      ASSERT_TRUE(other.engine.staging.erase_dropped());
    });
    Engine engine(state, *lake.store, lake.trees, system_clock(), system_random(), inline_work_queue(),
                  "_lakefs", {});

    const Status done = update(engine, lake.repository);

    EXPECT_TRUE(done) << done.error().message;
    EXPECT_FALSE(*engine.entries.is_dirty(lake.repository, lake.branch()));
  }
}

TEST(Compaction, HappensInTheBackgroundOnceMuchIsStaged) {
  TestLake lake;
  Content expected;
  {
    Server server(lake, {.compact_after_entries = 20});
    for (int i = 0; i < 100; ++i) {
      expected["p" + std::to_string(i)] = "1";
      ASSERT_TRUE(server.put("p" + std::to_string(i), "1"));
    }
  }  // waits for what is under way

  EXPECT_TRUE(lake.branch().compacted);
  EXPECT_EQ(lake.content(), expected);
  EXPECT_TRUE(lake.content("main@").empty());
}

}  // namespace
}  // namespace mere::version
