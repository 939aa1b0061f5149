#include "lake/verify.h"

#include <gtest/gtest.h>

#include <utility>

#include "lake/entry_address.h"
#include "lake/read_pace.h"
#include "lake/test_lake.h"

namespace mere::lake {
namespace {

const version::BranchName kMain("main");

// A lake with a commit, a tag on it, a branch that changed since, and uncommitted changes.
class Verify : public testing::Test {
 protected:
  Verify() {
    for (int i = 0; i < 40; ++i) put("committed/" + std::to_string(i), "committed " + std::to_string(i));
    commit("first");
    EXPECT_TRUE(test_.lake.engine.refs.create_tag(test_.repository, version::TagName("v1"),
                                                  version::RefExpr("main"), false));
    put("committed/7", "seven again");
    commit("second");
    put("staged", "not committed");
  }

  void put(const std::string& path, const std::string& bytes) {
    auto upload =
        test_.lake.objects.begin_upload(test_.repository, kMain, path, {.content_type = "text/plain"});
    ASSERT_TRUE(upload);
    ASSERT_TRUE((*upload)->append(std::as_bytes(std::span(bytes))));
    ASSERT_TRUE((*upload)->finish());
  }
  void commit(const std::string& message) {
    version::CommitRequest request;
    request.message = message;
    request.committer = "tester";
    ASSERT_TRUE(test_.lake.engine.updates.commit(test_.repository, kMain, request));
  }
  block::Address object(const std::string& path, const std::string& ref = "main") {
    return address_of(test_.repository,
                      *test_.lake.objects.find(test_.repository, version::RefExpr(ref), path));
  }
  block::Address table(const std::string& ref) {
    const auto id = test_.lake.engine.refs.resolve_commit(test_.repository, version::RefExpr(ref));
    const auto commit = test_.lake.engine.commits.get(test_.repository, *id);
    return block::join(test_.repository.storage_namespace,
                       test_.trees.location((*commit)->meta_range_id.str()));
  }
  void flip_a_bit(const block::Address& address) {
    std::string bytes = *block::read_all(*test_.store, address, 1 << 20);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
    ASSERT_TRUE(block::write_all(*test_.store, address, bytes));
  }

  // `meanwhile` is done once: when the first object is about to be looked at, or nothing is left to do
  // before.
  std::vector<Finding> verify(const VerifyOptions& options = {}, std::function<void()> meanwhile = nullptr) {
    std::vector<Finding> found;
    const auto counts = lake::verify(
        test_.lake, options, [&](const Finding& finding) { found.push_back(finding); },
        [&](const VerifyCounts&) {
          if (meanwhile) std::exchange(meanwhile, nullptr)();
          return true;
        });
    EXPECT_TRUE(counts) << (counts ? "" : counts.error().message);
    if (counts) counts_ = *counts;
    EXPECT_EQ(counts_.findings, found.size());
    return found;
  }

  TestLake test_;
  VerifyCounts counts_;
};

TEST_F(Verify, FindsNothingInAWholeLake) {
  EXPECT_TRUE(verify({.objects = true, .all_commits = true}).empty());

  EXPECT_EQ(counts_.repositories, 1u);
  EXPECT_EQ(counts_.commits, 3u);
  EXPECT_EQ(counts_.entries, 42u);
  EXPECT_EQ(counts_.without_checksum, 0u);
  EXPECT_GT(counts_.bytes, 400u);
}

TEST_F(Verify, AFlippedBitOfAnObjectIsFoundWhenObjectsAreRead) {
  flip_a_bit(object("committed/3"));

  EXPECT_TRUE(verify().empty());
  const auto found = verify({.objects = true});

  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, FindingKind::damaged_object);
  EXPECT_EQ(found[0].path, "committed/3");
  EXPECT_EQ(found[0].address, object("committed/3").uri);
}

TEST_F(Verify, AMissingObjectAndAShortOneAreFound) {
  ASSERT_TRUE(test_.store->remove(object("staged")));
  ASSERT_TRUE(block::write_all(*test_.store, object("committed/1"), "short"));

  const auto found = verify();

  ASSERT_EQ(found.size(), 2u);
  const auto& missing = found[0].path == "staged" ? found[0] : found[1];
  const auto& shorter = found[0].path == "staged" ? found[1] : found[0];
  EXPECT_EQ(missing.kind, FindingKind::missing_object);
  EXPECT_EQ(missing.where, "branch main, uncommitted");
  EXPECT_EQ(shorter.kind, FindingKind::wrong_size);
  EXPECT_EQ(shorter.detail, "5 bytes instead of 11");
}

TEST_F(Verify, ADamagedTableIsFoundThoughItIsCached) {
  ASSERT_TRUE(test_.lake.objects.find(test_.repository, version::RefExpr("main"), "committed/3"));
  flip_a_bit(table("main"));

  const auto found = verify();

  ASSERT_GE(found.size(), 1u);
  EXPECT_EQ(found[0].kind, FindingKind::damaged_table);
  EXPECT_EQ(found[0].where, "branch main");
}

TEST_F(Verify, ObjectsOfOldCommitsAreLookedForWhenAsked) {
  const block::Address old = object("committed/7", "v1");
  ASSERT_TRUE(test_.lake.engine.refs.remove_tag(test_.repository, version::TagName("v1"), false));
  ASSERT_TRUE(test_.store->remove(old));

  EXPECT_TRUE(verify().empty());
  const auto found = verify({.all_commits = true});

  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, FindingKind::missing_object);
  EXPECT_EQ(found[0].address, old.uri);
}

TEST_F(Verify, WhatIsQuarantinedIsGoneFromItsPlaceAndKeptAside) {
  const block::Address damaged = object("committed/3");
  flip_a_bit(damaged);
  const std::string bytes = *block::read_all(*test_.store, damaged, 1 << 20);

  const auto found = verify({.objects = true, .quarantine = true});

  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].quarantined);
  EXPECT_EQ(test_.store->stat(damaged).error().code, Code::not_found);
  const std::string inside = damaged.uri.substr(test_.repository.storage_namespace.uri.size() + 1);
  EXPECT_EQ(
      *block::read_all(*test_.store, block::join(test_.repository.storage_namespace, "_quarantine/" + inside),
                       1 << 20),
      bytes);
  const auto again = verify({.objects = true});
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].kind, FindingKind::missing_object);
}

TEST_F(Verify, AnObjectThatIsDeletedMeanwhileIsNotMissing) {
  const auto found = verify({.threads = 1}, [&] {
    const block::Address bytes = object("staged");
    ASSERT_TRUE(test_.lake.engine.entries.remove(test_.repository, kMain, "staged"));
    ASSERT_TRUE(test_.store->remove(bytes));
  });

  EXPECT_TRUE(found.empty()) << found[0].detail;
}

TEST_F(Verify, AnObjectThatIsReplacedMeanwhileIsNotMissing) {
  const auto found = verify({.threads = 1}, [&] {
    const block::Address bytes = object("staged");
    put("staged", "another");
    ASSERT_TRUE(test_.store->remove(bytes));
  });

  EXPECT_TRUE(found.empty()) << found[0].detail;
}

TEST_F(Verify, AnObjectThatIsCommittedAndDeletedMeanwhileIsMissingInItsCommit) {
  const auto meanwhile = [&] {
    const block::Address bytes = object("staged");
    commit("third");
    ASSERT_TRUE(test_.lake.engine.entries.remove(test_.repository, kMain, "staged"));
    ASSERT_TRUE(test_.store->remove(bytes));
  };

  const auto found = verify({.threads = 1}, meanwhile);

  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, FindingKind::missing_object);
  EXPECT_EQ(found[0].path, "staged");
}

TEST_F(Verify, AnObjectThatAnotherBranchHasStillIsMissing) {
  ASSERT_TRUE(test_.lake.engine.refs.create_branch(test_.repository, version::BranchName("other"),
                                                   version::RefExpr("main"), false, false));
  const auto found = verify({.threads = 1}, [&] {
    const block::Address bytes = object("committed/3");
    put("committed/3", "on main");
    commit("third");
    ASSERT_TRUE(test_.store->remove(bytes));
  });

  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "committed/3");
}

// More than is looked at together: the second half is committed when its turn comes.
TEST_F(Verify, ChangesThatAreCommittedMeanwhileDoNotEscape) {
  constexpr int kMany = 1200;
  const auto path = [](int i) { return "long/" + std::to_string(1000 + i) + std::string(900, 'x'); };
  for (int i = 0; i < kMany; ++i) put(path(i), std::to_string(i));

  const auto found = verify({.objects = true, .threads = 1}, [&] {
    flip_a_bit(object(path(kMany - 1)));
    commit("third");
  });

  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, FindingKind::damaged_object);
  EXPECT_EQ(found[0].path, path(kMany - 1));
  EXPECT_GE(counts_.entries, kMany + 42u);
}

TEST_F(Verify, OfARepositoryThatIsDeletedMeanwhileNothingIsReported) {
  std::vector<Finding> found;
  bool deleted = false;
  const auto counts = lake::verify(
      test_.lake, {.repository = "repo", .all_commits = true, .threads = 1},
      [&](const Finding& finding) { found.push_back(finding); },
      [&](const VerifyCounts&) {
        if (!std::exchange(deleted, true)) {
          EXPECT_TRUE(test_.lake.engine.repositories.remove(test_.repository.name, false));
        }
        return true;
      });

  EXPECT_TRUE(found.empty()) << found[0].detail;
  EXPECT_TRUE(counts || counts.error().code == Code::not_found);
}

TEST_F(Verify, WhatIsForgottenAndMetAgainIsToldOnce) {
  for (int i = 0; i < 40; ++i) flip_a_bit(object("committed/" + std::to_string(i)));

  const auto found = verify({.objects = true, .all_commits = true, .remembered = 8});

  EXPECT_EQ(found.size(), 40u);
}

TEST_F(Verify, ReadsAsFastAsItMay) {
  ReadPace pace(1);
  const auto wanted = [] { return true; };
  const auto unwanted = [] { return false; };

  EXPECT_TRUE(pace.wait(1u << 30, wanted));  // the first is not waited for
  EXPECT_FALSE(pace.wait(1, unwanted));      // its price is
  EXPECT_TRUE(ReadPace(0).wait(1u << 30, unwanted));
}

TEST_F(Verify, StopsWhenItIsNotWantedAnyMore) {
  const auto counts =
      lake::verify(test_.lake, {}, [](const Finding&) {}, [](const VerifyCounts&) { return false; });

  EXPECT_EQ(counts.error().code, Code::cancelled);
}

TEST_F(Verify, AnUnknownRepositoryIsAnError) {
  const auto counts = lake::verify(
      test_.lake, {.repository = "nowhere"}, [](const Finding&) {}, [](const VerifyCounts&) { return true; });

  EXPECT_EQ(counts.error().code, Code::not_found);
}

}  // namespace
}  // namespace mere::lake
