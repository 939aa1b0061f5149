#include "version/repositories.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "version/keys.h"
#include "version/records.h"
#include "version/refs_test_support.h"
#include "version/staging.h"

namespace mere::version {
namespace {

NewRepository request_of(const std::string& name, const std::string& ns) {
  NewRepository request;
  request.name = RepositoryName(name);
  request.storage_namespace = {ns};
  return request;
}

std::vector<std::string> names_of(const Page<Repository>& page) {
  std::vector<std::string> names;
  for (const Repository& repository : page.items) names.push_back(repository.name.str());
  return names;
}
using Names = std::vector<std::string>;

std::size_t count_keys(const kv::Store& state, std::string_view prefix) {
  std::size_t count = 0;
  for (auto cursor = state.scan(prefix); cursor->valid(); cursor->next()) ++count;
  return count;
}

TEST(Repositories, StartWithOneCommitOnTheirDefaultBranch) {
  SmallLake lake;
  NewRepository request = request_of("lake", "mem://lake/");
  request.default_branch = BranchName("a/b");

  const auto created = lake.repositories.create(request);

  ASSERT_TRUE(created) << message_of(created);
  EXPECT_EQ(*lake.repositories.get(RepositoryName("lake")), *created);
  EXPECT_EQ(created->storage_namespace.uri, "mem://lake/");
  const auto branch = lake.refs.branch(*created, BranchName("a/b"));
  ASSERT_TRUE(branch);
  const auto commit = lake.commits.get(*created, branch->commit_id);
  ASSERT_TRUE(commit);
  EXPECT_EQ((*commit)->message, "Repository created");
  EXPECT_EQ((*commit)->committer, "");
  EXPECT_EQ((*commit)->generation, 1);
  EXPECT_EQ((*commit)->version, 1);
  EXPECT_EQ((*commit)->meta_range_id, MetaRangeId(""));
  EXPECT_TRUE((*commit)->parents.empty());
  EXPECT_EQ((*commit)->creation_date, lake.clock.now());
}

TEST(Repositories, MadeInTheSameSecondShareTheirFirstCommitsId) {
  SmallLake lake;

  EXPECT_EQ(lake.head(lake.make_repository("one")), lake.head(lake.make_repository("two")));
}

TEST(Repositories, WithoutADefaultBranchGetMain) {
  SmallLake lake;
  NewRepository request = request_of("lake", "mem://lake");
  request.default_branch = BranchName("");

  EXPECT_EQ(lake.repositories.create(request)->default_branch, BranchName("main"));
}

TEST(Repositories, MarkTheirNamespaceWithTheFormatsBytesAndTheirName) {
  SmallLake lake;
  const Repository repository = lake.make_repository("lake");

  const auto mark = block::read_all(*lake.store, {"mem://lake/_lakefs/dummy"}, 1000);

  ASSERT_TRUE(mark);
  EXPECT_EQ(*mark,
            "this is dummy data - created by lakeFS to check accessibility\n" + repository.instance_uid);
  EXPECT_EQ(count_keys(lake.state, "making/"), 0u) << "it has an owner";
}

TEST(Repositories, RefuseANamespaceThatAnotherInstallationMarked) {
  SmallLake lake;
  const std::string bytes = "this is dummy data - created by lakeFS to check accessibility";
  const std::string uid(20, 'a');
  // One in the making elsewhere: a mark that was copied takes nothing.
  ASSERT_TRUE(kv::put(lake.state, keys::making(uid), ":mem://elsewhere"));

  for (const std::string& mark : {bytes, bytes + "\n", bytes + "\n" + uid,
                                  bytes + "\n" + std::string(500, 'x'), std::string(), "\n" + uid}) {
    ASSERT_TRUE(block::write_all(*lake.store, {"mem://lake/_lakefs/dummy"}, mark));
    EXPECT_EQ(message_of(lake.repositories.create(request_of("lake", "mem://lake"))),
              "failed to create repository: found lakeFS objects in the storage (:mem://lake) "
              "key(_lakefs/dummy): storage namespace already in use");
  }
  EXPECT_EQ(count_keys(lake.state, "making/"), 1u);
}

TEST(Repositories, StayWithoutTheNamespaceOfADeletedOne) {
  SmallLake lake;
  lake.make_repository("lake");
  ASSERT_TRUE(lake.repositories.remove(RepositoryName("lake"), false));

  EXPECT_EQ(code_of(lake.repositories.create(request_of("two", "mem://lake"))), Code::invalid_argument);
}

TEST(Repositories, RefuseATakenNameThenAStorageThenANamespace) {
  SmallLake lake;
  lake.make_repository("lake");
  const auto refusal = [&](const std::string& name, const std::string& ns, const std::string& storage = "") {
    NewRepository request = request_of(name, ns);
    request.storage_namespace.storage_id = storage;
    return lake.repositories.create(request);
  };

  EXPECT_EQ(message_of(refusal("lake", "s3://x", "nope")), "error creating repository: not unique");
  EXPECT_EQ(code_of(refusal("lake", "mem://lake")), Code::already_exists);
  EXPECT_EQ(message_of(refusal("two", "s3://x", "nope")), "storage id: invalid value: validation error");
  EXPECT_EQ(message_of(refusal("two", "s3://x")),
            "failed to match required regex ^mem://: invalid namespace");
  EXPECT_EQ(
      message_of(refusal("two", "mem://lake")),
      "failed to create repository: found lakeFS objects in the storage (:mem://lake) key(_lakefs/dummy): "
      "storage namespace already in use");
  EXPECT_EQ(
      message_of(refusal("two", "mem://lake/")),
      "failed to create repository: found lakeFS objects in the storage (:mem://lake/) key(_lakefs/dummy): "
      "storage namespace already in use");
  EXPECT_EQ(code_of(refusal("two", "mem://lake")), Code::invalid_argument);
  EXPECT_EQ(code_of(refusal("two", "mem://")), Code::invalid_argument);
  EXPECT_EQ(code_of(refusal("two", "mem://" + std::string(2000, 'x'))), Code::invalid_argument);
  EXPECT_EQ(code_of(refusal("Two", "mem://two")), Code::invalid_argument);
  EXPECT_EQ(code_of(lake.repositories.get(RepositoryName("two"))), Code::not_found);
}

TEST(Repositories, MayLieBesideTheDataOfAnotherButNotAmongIt) {
  SmallLake lake;
  lake.make_repository("lake");

  EXPECT_TRUE(lake.repositories.create(request_of("nested", "mem://lake/nested")));
  for (const char* ns :
       {"mem://lake/data/x", "mem://lake/data", "mem://lake/_lakefs/x/y", "mem://lake/symlinks/z/"}) {
    EXPECT_EQ(message_of(lake.repositories.create(request_of("inside", ns))),
              "failed to create repository: found lakeFS objects in the storage (:mem://lake) "
              "key(_lakefs/dummy): storage namespace already in use")
        << ns;
  }
  EXPECT_TRUE(lake.repositories.create(request_of("free", "mem://elsewhere/data/x")));
}

TEST(Repositories, BareOnesAreARecordOnlyOnAnyNamespace) {
  SmallLake lake;
  lake.make_repository("lake");
  NewRepository request = request_of("bare", "mem://lake");
  request.bare = true;

  const auto bare = lake.repositories.create(request);

  ASSERT_TRUE(bare) << message_of(bare);
  EXPECT_EQ(message_of(lake.refs.branch(*bare, BranchName("main"))), "branch not found");
  EXPECT_EQ(message_of(lake.refs.resolve(*bare, RefExpr("main"))), "not found");
  EXPECT_TRUE(lake.refs.branches(*bare, {}, true)->items.empty());
}

TEST(Repositories, ReadOnlyOnesHaveACommitAndNoMark) {
  SmallLake lake;
  NewRepository request = request_of("frozen", "mem://frozen");
  request.read_only = true;

  const auto repository = lake.repositories.create(request);

  ASSERT_TRUE(repository);
  EXPECT_TRUE(lake.refs.branch(*repository, BranchName("main")));
  EXPECT_EQ(code_of(lake.store->stat({"mem://frozen/_lakefs/dummy"})), Code::not_found);
  EXPECT_EQ(message_of(lake.repositories.remove(repository->name, false)), "read-only repository");
  EXPECT_TRUE(lake.repositories.remove(repository->name, true));
}

TEST(Repositories, OfManyCreatorsOfANameOneWins) {
  SmallLake lake;
  std::atomic<int> created{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto result = lake.repositories.create(request_of("lake", "mem://ns" + std::to_string(i)));
      if (result)
        ++created;
      else if (result.error().code == Code::already_exists)
        ++refused;
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(created, 1);
  EXPECT_EQ(refused, 7);
  int free = 0;
  for (int i = 0; i < 8; ++i) {
    const std::string n = std::to_string(i);
    free += lake.repositories.create(request_of("other" + n, "mem://ns" + n)).has_value();
  }
  EXPECT_EQ(free, 7) << "the losers have no namespace";
}

TEST(Repositories, OfManyCreatorsInANamespaceOneWins) {
  SmallLake lake;
  std::atomic<int> created{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      created += lake.repositories.create(request_of("lake" + std::to_string(i), "mem://ns")).has_value();
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(created, 1);
  EXPECT_EQ(lake.repositories.list({}, "")->items.size(), 1u);
}

TEST(Repositories, AreListedByPageWithAnExactEnd) {
  SmallLake lake;
  for (const char* name : {"rl-one", "rl-three", "rl-two", "zz-lake"}) lake.make_repository(name);
  const auto list = [&](const PageRequest& page, std::string_view search = "") {
    return *lake.repositories.list(page, search);
  };

  EXPECT_EQ(names_of(list({})), (Names{"rl-one", "rl-three", "rl-two", "zz-lake"}));
  const auto first = list({"rl-", "", 2}), second = list({"rl-", "rl-three", 2}), full = list({"rl-", "", 3});
  EXPECT_EQ(names_of(first), (Names{"rl-one", "rl-three"}));
  EXPECT_TRUE(first.has_more);
  EXPECT_EQ(names_of(second), Names{"rl-two"});
  EXPECT_FALSE(second.has_more);
  EXPECT_FALSE(full.has_more);
  EXPECT_EQ(names_of(list({}, "l-t")), (Names{"rl-three", "rl-two"}));
  EXPECT_FALSE(list({"", "", 2}, "l-t").has_more);
  EXPECT_EQ(names_of(list({"rl-", "a", 9})), (Names{"rl-one", "rl-three", "rl-two"}));
  EXPECT_EQ(names_of(list({"", "rl-o", 1})), Names{"rl-one"});
  EXPECT_TRUE(list({"rl-", "rm", 9}).items.empty());
  EXPECT_TRUE(list({std::string(9000, 'x'), "", 9}).items.empty());
}

TEST(Repositories, DeletedOnesLeaveNoRecordAndFreeTheirName) {
  SmallLake lake;
  const Repository repository = lake.make_repository("lake");
  const Branch branch = lake.make_branch(repository, "dev");
  ASSERT_TRUE(lake.refs.create_tag(repository, TagName("v1"), RefExpr("main"), false));
  ASSERT_TRUE(lake.repositories.update_metadata(repository, {{"a", "b"}}, {}));
  ASSERT_TRUE(lake.repositories.set_setting(repository, "x", "y", {}));

  ASSERT_TRUE(lake.repositories.remove(repository.name, false));

  EXPECT_EQ(message_of(lake.repositories.get(repository.name)), "repository not found");
  EXPECT_EQ(message_of(lake.repositories.remove(repository.name, false)), "repository not found");
  EXPECT_EQ(count_keys(lake.state, keys::all_of_repository(repository)), 0u);
  EXPECT_EQ(count_keys(lake.state, keys::kRepositories), 0u);
  EXPECT_EQ(count_keys(lake.state, keys::kDropped), 2u);
  EXPECT_TRUE(*lake.state.get(keys::dropped(branch.staging_token)));
  EXPECT_TRUE(lake.store->stat({"mem://lake/_lakefs/dummy"})) << "objects of the namespace stay";
  EXPECT_TRUE(lake.repositories.create(request_of("lake", "mem://lake-again")));
}

TEST(Repositories, ADeletionThatDiedAnywhereIsFinishedAtStartUp) {
  const auto walks_branches = [](std::uint64_t calls) { return calls > 8 && calls < 120; };
  for (std::uint64_t calls = 0;; calls += walks_branches(calls) ? 16 : 1) {
    SmallLake lake;
    const Repository repository = lake.make_repository("lake");
    std::vector<StagingToken> tokens{lake.refs.branch(repository, BranchName("main"))->staging_token};
    for (int i = 0; i < 130; ++i) {  // more than one write takes
      Branch branch;
      branch.name = BranchName("b" + std::to_string(i));
      branch.commit_id = lake.head(repository);
      branch.staging_token = StagingToken("token" + std::to_string(i));
      ASSERT_TRUE(kv::put(lake.state, keys::branch(repository, branch.name), encode_branch(branch)));
      tokens.push_back(branch.staging_token);
    }
    const Repository other = lake.make_repository("other");

    lake.state.fail_from(calls);
    const Status removed = lake.repositories.remove(repository.name, false);
    lake.state.heal();
    const bool begun = !lake.repositories.get(repository.name).has_value();
    if (begun && !removed) {
      EXPECT_EQ(message_of(lake.repositories.get(repository.name)), "repository in deletion");
      EXPECT_EQ(code_of(lake.repositories.get(repository.name)), Code::gone);
      EXPECT_EQ(message_of(lake.repositories.remove(repository.name, false)), "repository in deletion");
      EXPECT_EQ(names_of(*lake.repositories.list({}, "")), Names{"other"});
    }
    ASSERT_TRUE(lake.repositories.resume_deletions());
    if (!begun) {
      EXPECT_FALSE(removed);
      EXPECT_TRUE(lake.refs.branch(repository, BranchName("b7"))) << "nothing has happened";
      continue;
    }

    EXPECT_EQ(code_of(lake.repositories.get(repository.name)), Code::not_found);
    EXPECT_EQ(count_keys(lake.state, keys::all_of_repository(repository)), 0u);
    for (const StagingToken& token : tokens) EXPECT_TRUE(*lake.state.get(keys::dropped(token)));
    EXPECT_EQ(count_keys(lake.state, keys::kDropped), tokens.size());
    EXPECT_TRUE(lake.refs.branch(other, BranchName("main")));
    if (removed) return;  // every step has been cut once
  }
}

TEST(Repositories, ACreationThatDiedAnywhereIsWholeOrNot) {
  for (std::uint64_t call = 0;; ++call) {
    SmallLake lake;
    lake.state.fail_call(call, kv::FaultStore::When::after);
    const auto created = lake.repositories.create(request_of("lake", "mem://lake"));
    lake.state.heal();

    const auto found = lake.repositories.get(RepositoryName("lake"));
    if (found) {
      EXPECT_TRUE(lake.refs.resolve(*found, RefExpr("main")));
      EXPECT_TRUE(lake.store->stat({"mem://lake/_lakefs/dummy"}));
    } else {
      EXPECT_FALSE(created);
      EXPECT_EQ(count_keys(lake.state, "r"), 0u);
      const auto again = lake.repositories.create(request_of("other", "mem://lake"));
      EXPECT_TRUE(again) << message_of(again) << " after call " << call;
    }
    EXPECT_EQ(code_of(lake.repositories.create(request_of("third", "mem://lake"))), Code::invalid_argument);
    if (created) return;
  }
}

TEST(Repositories, NoRecordIsAddedToADeletedOne) {
  SmallLake lake;
  const Repository repository = lake.make_repository("lake");
  const CommitId head = lake.head(repository);
  ASSERT_TRUE(lake.repositories.remove(repository.name, false));
  NewRepository again = request_of("lake", "mem://again");
  ASSERT_TRUE(lake.repositories.create(again));

  EXPECT_EQ(message_of(lake.refs.create_branch(repository, BranchName("dev"), RefExpr("main"), false, false)),
            "source reference 'main': not found");
  EXPECT_EQ(message_of(lake.repositories.update_metadata(repository, {{"a", "b"}}, {})),
            "repository not found");
  EXPECT_EQ(message_of(lake.repositories.set_setting(repository, "a", "b", {})), "repository not found");
  EXPECT_EQ(message_of(while_it_exists(lake.state, repository)), "repository not found");
  EXPECT_EQ(count_keys(lake.state, keys::all_of_repository(repository)), 0u);
}

TEST(Repositories, KeepFreeFormMetadata) {
  SmallLake lake;
  const Repository repository = lake.make_repository();

  EXPECT_EQ(*lake.repositories.metadata(repository), Metadata{});
  ASSERT_TRUE(lake.repositories.update_metadata(repository, {{"owner", "ann"}, {"k2", "v2"}}, {}));
  ASSERT_TRUE(lake.repositories.update_metadata(repository, {{"k2", "changed"}, {"k3", ""}}, {}));
  EXPECT_EQ(*lake.repositories.metadata(repository),
            (Metadata{{"k2", "changed"}, {"k3", ""}, {"owner", "ann"}}));
  ASSERT_TRUE(lake.repositories.update_metadata(repository, {}, {"owner", "not-there"}));
  EXPECT_EQ(*lake.repositories.metadata(repository), (Metadata{{"k2", "changed"}, {"k3", ""}}));
}

TEST(Repositories, ConcurrentMetadataUpdatesAreAllKept) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 5; ++j) {
        EXPECT_TRUE(lake.repositories.update_metadata(repository, {{std::to_string(10 * i + j), "x"}}, {}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(lake.repositories.metadata(repository)->size(), 40u);
}

TEST(Repositories, SettingsChangeOnlyFromTheStateTheCallerSaw) {
  SmallLake lake;
  const Repository repository = lake.make_repository();

  EXPECT_EQ(lake.repositories.setting(repository, "x")->etag, "");
  ASSERT_TRUE(lake.repositories.set_setting(repository, "x", "one", ""));
  const Setting one = *lake.repositories.setting(repository, "x");
  EXPECT_EQ(one.bytes, "one");
  EXPECT_EQ(one.etag, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
  EXPECT_EQ(message_of(lake.repositories.set_setting(repository, "x", "two", "")), "Precondition failed");
  EXPECT_EQ(code_of(lake.repositories.set_setting(repository, "x", "two", "stale")),
            Code::precondition_failed);
  ASSERT_TRUE(lake.repositories.set_setting(repository, "x", "", one.etag));
  EXPECT_EQ(lake.repositories.setting(repository, "x")->etag,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
      << "set to nothing is not the same as never set";
  ASSERT_TRUE(lake.repositories.set_setting(repository, "x", std::nullopt, {}));
  EXPECT_EQ(lake.repositories.setting(repository, "x")->etag, "");
}

TEST(Repositories, StagingTokensAreUniqueAndHoldNoSlash) {
  const StagingToken a = make_staging_token(system_random()), b = make_staging_token(system_random());

  EXPECT_NE(a, b);
  EXPECT_EQ(a.str().find('/'), std::string::npos);
}

}  // namespace
}  // namespace mere::version
