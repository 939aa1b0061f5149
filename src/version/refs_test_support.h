// What the tests of names, references and commits share: a small lake in memory, and commits by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "block/store.h"
#include "kv/fault_store.h"
#include "kv/store.h"
#include "version/commits.h"
#include "version/refs.h"
#include "version/repositories.h"
#include "version/staging.h"

namespace mere::version {

struct SmallLake {
  ManualClock clock;
  std::unique_ptr<kv::Store> memory = kv::make_memory_store();
  kv::FaultStore state{*memory};
  std::unique_ptr<block::Store> store = block::make_memory_store(clock);
  Random& random = system_random();
  Staging staging{state};
  Repositories repositories{state, *store, staging, clock, random, "_lakefs"};
  Commits commits{state};
  Refs refs{state, commits, repositories, staging, random};

  Repository make_repository(const std::string& name = "lake", bool bare = false) {
    NewRepository request;
    request.name = RepositoryName(name);
    request.storage_namespace = {"mem://" + name};
    request.bare = bare;
    return *repositories.create(request);
  }

  // A record whose message is `message`; its generation follows from the parents'.
  Commit add_commit(const Repository& repository, const std::string& message,
                    const std::vector<CommitId>& parents, std::int64_t seconds, std::int32_t nanos = 0) {
    Commit commit;
    commit.committer = "ann";
    commit.message = message;
    commit.creation_date = {seconds, nanos};
    commit.parents = parents;
    commit.generation = 1;
    for (const CommitId& parent : parents) {
      commit.generation = std::max(commit.generation, (*commits.get(repository, parent))->generation + 1);
    }
    return add_record(repository, commit);
  }
  Commit add_record(const Repository& repository, Commit commit) {
    commit.id = id_of(commit);
    const kv::Write write = Commits::put(repository, commit);
    EXPECT_TRUE(state.write({&write, 1}, kv::Durability::synced));
    return commit;
  }

  CommitId head(const Repository& repository, const std::string& branch = "main") {
    return refs.branch(repository, BranchName(branch))->commit_id;
  }
  Branch make_branch(const Repository& repository, const std::string& name,
                     const std::string& source = "main") {
    return *refs.create_branch(repository, BranchName(name), RefExpr(source), false, false);
  }
};

template <class T>
std::string message_of(const Result<T>& result) {
  return result ? "success" : result.error().message;
}
template <class T>
Code code_of(const Result<T>& result) {
  EXPECT_FALSE(result) << "success where an error was expected";
  return result ? Code::internal : result.error().code;
}

}  // namespace mere::version
