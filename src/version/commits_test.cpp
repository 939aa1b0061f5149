#include "version/commits.h"

#include <gtest/gtest.h>

#include "version/keys.h"
#include "version/records.h"
#include "version/refs_test_support.h"

namespace mere::version {
namespace {

TEST(Commits, AreFoundByIdAndSharedByTheirReaders) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  const Commit commit = lake.add_commit(repository, "one", {lake.head(repository)}, 5, 7);

  const auto first = lake.commits.get(repository, commit.id), again = lake.commits.get(repository, commit.id);

  ASSERT_TRUE(first);
  EXPECT_EQ(**first, commit);
  EXPECT_EQ(*first, *again);
}

TEST(Commits, UnknownOnesAndWhatIsNoIdAreNotFound) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  const Repository other = lake.make_repository("other");
  const Commit commit = lake.add_commit(repository, "one", {}, 5);

  for (const std::string& id : {std::string(64, '0'), std::string("main"), std::string()}) {
    EXPECT_EQ(message_of(lake.commits.get(repository, CommitId(id))), "commit not found");
  }
  EXPECT_EQ(code_of(lake.commits.get(other, commit.id)), Code::not_found);
}

TEST(Commits, ARecordUnderAnothersKeyIsCorrupt) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  const Commit commit = lake.add_commit(repository, "one", {}, 5);
  const std::string key = keys::commit(repository, std::string(64, '0'));
  ASSERT_TRUE(kv::put(lake.state, key, encode_commit(commit)));

  EXPECT_EQ(code_of(lake.commits.get(repository, CommitId(std::string(64, '0')))), Code::corrupt);
}

TEST(Commits, AUniquePrefixIsEnoughAndAnAmbiguousOneIsNot) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  std::vector<CommitId> ids{lake.head(repository)};
  for (int i = 0; i < 40; ++i) ids.push_back(lake.add_commit(repository, std::to_string(i), {}, i).id);

  for (const CommitId& id : ids) {
    for (std::size_t length = 1; length < 64; ++length) {
      const std::string prefix = id.str().substr(0, length);
      const auto same = std::count_if(ids.begin(), ids.end(),
                                      [&](const CommitId& other) { return other.str().starts_with(prefix); });
      const auto found = lake.commits.by_prefix(repository, prefix);
      if (same == 1) {
        ASSERT_TRUE(found);
        EXPECT_EQ(*found, id);
      } else {
        EXPECT_EQ(code_of(found), Code::not_found);
      }
    }
  }
  for (const std::string& text : {std::string(), std::string("xyz"), ids[0].str(), std::string("A")}) {
    EXPECT_EQ(code_of(lake.commits.by_prefix(repository, text)), Code::not_found);
  }
}

TEST(Commits, AreVisitedInIdOrderUntilTheVisitorHasEnough) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  for (int i = 0; i < 5; ++i) lake.add_commit(repository, std::to_string(i), {}, i);

  std::vector<CommitId> seen;
  ASSERT_TRUE(lake.commits.for_each(repository, [&](const Commit& commit) {
    seen.push_back(commit.id);
    return Status();
  }));
  const Status stopped = lake.commits.for_each(
      repository, [](const Commit&) { return Status(Error{Code::cancelled, "enough"}); });

  EXPECT_EQ(seen.size(), 6u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(code_of(stopped), Code::cancelled);
}

}  // namespace
}  // namespace mere::version
