#include "version/staging.h"

#include <gtest/gtest.h>

#include "version/keys.h"
#include "version/records.h"

namespace mere::version {
namespace {

const StagingToken kNew("new");
const StagingToken kOld("old");
const std::vector<StagingToken> kBoth = {kNew, kOld};

class StagingTest : public testing::Test {
 protected:
  void stage(const StagingToken& token, const std::string& path, const std::string& identity) {
    ASSERT_TRUE(kv::put(*state, keys::staged(token, path), encode_staged(identity, identity)));
  }
  std::string found(const std::string& path) {
    const auto value = staging.find(kBoth, path);
    if (!value) return value.error().message;
    if (!*value) return "nothing";
    return (*value)->is_tombstone() ? "tombstone" : std::string((*value)->data);
  }
  std::unique_ptr<kv::Store> state = kv::make_memory_store();
  Staging staging{*state};
};

TEST_F(StagingTest, FindsTheFirstHitOverTheTokens) {
  stage(kOld, "a", "1");
  stage(kOld, "b", "1");
  stage(kNew, "b", "2");
  stage(kOld, "c", "1");
  stage(kNew, "c", "");

  EXPECT_EQ(found("a"), "1");
  EXPECT_EQ(found("b"), "2");
  EXPECT_EQ(found("c"), "tombstone");
  EXPECT_EQ(found("d"), "nothing");
}

TEST_F(StagingTest, ShowsTheEffectiveChangesInOrder) {
  stage(kOld, "a", "1");
  stage(kOld, "c", "1");
  stage(kNew, "c", "");
  stage(kNew, "b", "2");
  std::string seen;
  for (auto cursor = staging.changes(kBoth); cursor->valid(); cursor->next()) {
    seen.append(cursor->record().key).append("=").append(cursor->record().identity).append(" ");
  }
  EXPECT_EQ(seen, "a=1 b=2 c= ");
}

TEST_F(StagingTest, KeepsTokensWithACommonPrefixApart) {
  stage(StagingToken("ne"), "w/a", "1");
  EXPECT_FALSE(*staging.any(kBoth));
  stage(kOld, "a", "1");
  EXPECT_TRUE(*staging.any(kBoth));
  EXPECT_FALSE(*staging.any({&kNew, 1}));
  EXPECT_EQ(*staging.changes_if_any({&kNew, 1}), nullptr);
}

TEST_F(StagingTest, AnswersCorruptForAValueThatNobodyWrote) {
  ASSERT_TRUE(kv::put(*state, keys::staged(kNew, "a"), "\xff\xff"));
  EXPECT_EQ(staging.find(kBoth, "a").error().code, Code::corrupt);
  const auto cursor = staging.changes(kBoth);
  EXPECT_FALSE(cursor->valid());
  EXPECT_EQ(cursor->status().error().code, Code::corrupt);
}

TEST_F(StagingTest, ErasesDroppedTokensAndNoOthers) {
  const StagingToken large("large");
  for (int i = 0; i < 600; ++i) stage(large, std::to_string(i), "1");
  stage(kOld, "a", "1");
  stage(kNew, "a", "1");
  for (int i = 0; i < 600; ++i) {
    const kv::Write mark = Staging::mark_dropped(StagingToken("t" + std::to_string(i)));
    ASSERT_TRUE(state->write({&mark, 1}));
  }
  const kv::Write marks[] = {Staging::mark_dropped(kOld), Staging::mark_dropped(large)};
  ASSERT_TRUE(state->write(marks));

  ASSERT_TRUE(staging.erase_dropped());

  EXPECT_FALSE(*staging.any({&kOld, 1}));
  EXPECT_FALSE(*staging.any({&large, 1}));
  EXPECT_TRUE(*staging.any({&kNew, 1}));
  EXPECT_FALSE(state->scan(keys::kDropped)->valid());
}

TEST_F(StagingTest, ErasesTheDroppedTokensThatWereNotedWithoutLooking) {
  ASSERT_TRUE(staging.erase_dropped());  // which looks
  const StagingToken large("large");
  for (int i = 0; i < 600; ++i) stage(large, std::to_string(i), "1");
  for (const StagingToken& token : {kOld, kNew}) stage(token, "a", "1");
  const kv::Write marks[] = {Staging::mark_dropped(kOld), Staging::mark_dropped(kNew),
                             Staging::mark_dropped(large)};
  ASSERT_TRUE(state->write(marks));

  const StagingToken noted[] = {kOld, large};
  staging.note_dropped(noted, {});
  ASSERT_TRUE(staging.erase_dropped());

  EXPECT_FALSE(*staging.any(noted));
  EXPECT_TRUE(*staging.any({&kNew, 1}));
  const auto left = state->scan(keys::kDropped);
  ASSERT_TRUE(left->valid());
  EXPECT_EQ(left->key(), keys::dropped(kNew));
  left->next();
  EXPECT_FALSE(left->valid());
}

TEST_F(StagingTest, LooksForDroppedTokensWhenAWriteMayHaveMarkedThem) {
  ASSERT_TRUE(staging.erase_dropped());
  stage(kOld, "a", "1");
  const kv::Write mark = Staging::mark_dropped(kOld);
  ASSERT_TRUE(state->write({&mark, 1}));

  staging.note_dropped({&kOld, 1}, Error{Code::conflict, "nothing was written"});
  ASSERT_TRUE(staging.erase_dropped());
  EXPECT_TRUE(*staging.any({&kOld, 1}));

  staging.note_dropped({&kOld, 1}, Error{Code::io_error, "who knows"});
  ASSERT_TRUE(staging.erase_dropped());
  EXPECT_FALSE(*staging.any({&kOld, 1}));
  EXPECT_FALSE(state->scan(keys::kDropped)->valid());
}

TEST_F(StagingTest, CountsUpToALimit) {
  for (int i = 0; i < 10; ++i) stage(kNew, std::to_string(i), "1");
  EXPECT_EQ(*staging.count_entries(kNew, 100), 10u);
  EXPECT_EQ(*staging.count_entries(kNew, 4), 4u);
  EXPECT_EQ(*staging.count_entries(kOld, 4), 0u);
}

TEST(StagedCounts, ForgetNoWriteThatCameDuringACount) {
  StagedCounts counts;
  int looks = 0;
  const Repository repository;
  const BranchName main("main");
  counts.watch(10, [&](const Repository&, const BranchName&, StagedCounts::Reason) { ++looks; });
  counts.wrote(repository, main, kNew, 3);

  counts.counting(kNew);
  counts.wrote(repository, main, kNew, 8);
  EXPECT_FALSE(counts.counted(kNew, 3));
  counts.wrote(repository, main, kNew, 1);
  EXPECT_EQ(looks, 1) << "it is counted again";

  counts.counting(kNew);
  EXPECT_TRUE(counts.counted(kNew, 9));
  counts.wrote(repository, main, kNew, 2);
  EXPECT_EQ(looks, 2);
}

TEST(StagedCounts, KnowWhereAnythingWasWritten) {
  StagedCounts counts;
  counts.watch(10, [](const Repository&, const BranchName&, StagedCounts::Reason) {});
  counts.set(kOld, 0);
  counts.wrote(Repository(), BranchName("main"), kNew, 1);

  EXPECT_TRUE(counts.has_writes(kNew));
  EXPECT_FALSE(counts.has_writes(kOld));
  EXPECT_FALSE(counts.has_writes(StagingToken("another")));
}

TEST(StagedCounts, AskForALookAtUnknownAndFullTokensOnce) {
  StagedCounts counts;
  int looks = 0;
  const Repository repository;
  const BranchName main("main");
  counts.wrote(repository, main, kNew, 100);  // nobody watches
  counts.watch(10, [&](const Repository&, const BranchName&, StagedCounts::Reason) { ++looks; });

  counts.wrote(repository, main, kOld, 1);
  EXPECT_EQ(looks, 1) << "it may be full since before a restart";
  counts.wrote(repository, main, kOld, 100);
  EXPECT_EQ(looks, 1);

  counts.set(kNew, 0);
  counts.wrote(repository, main, kNew, 10);
  EXPECT_EQ(looks, 1);
  counts.wrote(repository, main, kNew, 1);
  counts.wrote(repository, main, kNew, 50);
  EXPECT_EQ(looks, 2);
  counts.set(kNew, 3);
  counts.wrote(repository, main, kNew, 8);
  EXPECT_EQ(looks, 3);
  counts.was_slow(repository, main, kNew);
  EXPECT_EQ(looks, 3) << "a look is under way";
  counts.set(kNew, 0);
  counts.was_slow(repository, main, kNew);
  counts.was_slow(repository, main, kNew);
  EXPECT_EQ(looks, 4);

  counts.stop();
  counts.wrote(repository, main, StagingToken("other"), 1);
  counts.was_slow(repository, main, StagingToken("other"));
  EXPECT_EQ(looks, 4);
}

}  // namespace
}  // namespace mere::version
