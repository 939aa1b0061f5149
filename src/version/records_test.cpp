#include "version/records.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"
#include "version/branch_record.h"
#include "version/refs_test_support.h"

namespace mere::version {
namespace {

template <class T>
Id<T> arbitrary_id() {
  return Id<T>(*rc::gen::nonEmpty(rc::gen::arbitrary<std::string>()));
}
template <class T>
std::vector<Id<T>> arbitrary_ids() {
  std::vector<Id<T>> ids;
  for (const std::string& text : *rc::gen::arbitrary<std::vector<std::string>>()) ids.emplace_back(text);
  return ids;
}
Timestamp arbitrary_time() {
  return {*rc::gen::inRange<std::int64_t>(-62135596800, 253402300800), *rc::gen::inRange(0, 1'000'000'000)};
}

RC_GTEST_PROP(RecordsProperty, RepositoriesComeBack, ()) {
  Repository repository;
  repository.name = arbitrary_id<RepositoryNameTag>();
  repository.storage_namespace.uri = *rc::gen::arbitrary<std::string>();
  repository.storage_namespace.storage_id = *rc::gen::arbitrary<std::string>();
  repository.default_branch = BranchName(*rc::gen::arbitrary<std::string>());
  repository.creation_date = arbitrary_time();
  repository.in_deletion = *rc::gen::arbitrary<bool>();
  repository.read_only = *rc::gen::arbitrary<bool>();
  repository.instance_uid = *rc::gen::nonEmpty(rc::gen::arbitrary<std::string>());

  RC_ASSERT(*decode_repository(encode_repository(repository)) == repository);
}

RC_GTEST_PROP(RecordsProperty, CommitsComeBack, ()) {
  Commit commit;
  commit.id = arbitrary_id<CommitIdTag>();
  commit.committer = *rc::gen::arbitrary<std::string>();
  commit.message = *rc::gen::arbitrary<std::string>();
  commit.creation_date = arbitrary_time();
  commit.meta_range_id = MetaRangeId(*rc::gen::arbitrary<std::string>());
  commit.metadata = *rc::gen::arbitrary<Metadata>();
  commit.parents = arbitrary_ids<CommitIdTag>();
  commit.version = *rc::gen::arbitrary<std::int32_t>();
  commit.generation = *rc::gen::arbitrary<std::int32_t>();

  RC_ASSERT(*decode_commit(encode_commit(commit)) == commit);
}

RC_GTEST_PROP(RecordsProperty, BranchesAndTagsComeBack, ()) {
  Branch branch;
  branch.name = arbitrary_id<BranchNameTag>();
  branch.commit_id = arbitrary_id<CommitIdTag>();
  branch.staging_token = StagingToken(*rc::gen::arbitrary<std::string>());
  branch.sealed_tokens = arbitrary_ids<StagingTokenTag>();
  if (*rc::gen::arbitrary<bool>()) branch.compacted = MetaRangeId(*rc::gen::arbitrary<std::string>());
  branch.hidden = *rc::gen::arbitrary<bool>();
  const Tag tag{arbitrary_id<TagNameTag>(), arbitrary_id<CommitIdTag>()};

  const std::string stored = encode_branch(branch);
  RC_ASSERT(*decode_branch(stored) == branch);
  std::vector<StagingToken> tokens = branch.sealed_tokens;
  tokens.push_back(branch.staging_token);
  tokens.emplace_back(branch.commit_id.str());
  for (const StagingToken& token : tokens)
    RC_ASSERT(branch_refers_to(stored, token) == refers_to(branch, token));
  RC_ASSERT(*decode_tag(encode_tag(tag)) == tag);
}

RC_GTEST_PROP(RecordsProperty, StagedValuesComeBack, (const std::string& identity, const std::string& data)) {
  const std::string bytes = encode_staged(identity, data);
  const auto staged = decode_staged(bytes);

  RC_ASSERT(staged.has_value());
  RC_ASSERT(staged->identity == identity);
  RC_ASSERT(staged->data == data);
}

RC_GTEST_PROP(RecordsProperty, ACutRecordIsNeverTakenForTheWholeOne, ()) {
  Branch branch;
  branch.name = BranchName("main");
  branch.commit_id = CommitId(std::string(64, 'a'));
  branch.staging_token = StagingToken("t");
  const std::string bytes = encode_branch(branch);
  const auto cut =
      decode_branch(std::string_view(bytes).substr(0, *rc::gen::inRange<std::size_t>(0, bytes.size())));

  RC_ASSERT((!cut || *cut != branch));
  if (!cut) RC_ASSERT(cut.error().code == Code::corrupt);
}

TEST(Records, AreTheFormatsMessagesFieldByField) {
  Commit commit;
  commit.id = CommitId("id");
  commit.committer = "ann";
  commit.message = "m";
  commit.creation_date = {1, 2};
  commit.meta_range_id = MetaRangeId("r");
  commit.metadata = {{"b", "2"}, {"a", "1"}};
  commit.parents = {CommitId("p1"), CommitId("p2")};
  commit.generation = 3;

  EXPECT_EQ(to_hex(encode_commit(commit)),
            "0a026964"          // 1: id
            "1203616e6e"        // 2: committer
            "1a016d"            // 3: message
            "220408011002"      // 4: creation date, seconds and nanoseconds
            "2a0172"            // 5: metarange
            "32060a0161120131"  // 6: metadata, by key
            "32060a0162120132"  //
            "3a027031"          // 7: parents
            "3a027032"          //
            "4001"              // 8: version
            "4803");            // 9: generation
}

TEST(Records, CommitsOfVersion0ListTheirParentsLastFirst) {
  Commit commit;
  commit.id = CommitId("id");
  commit.version = 0;
  commit.generation = 1;
  commit.parents = {CommitId("first"), CommitId("second")};

  const std::string bytes = encode_commit(commit);

  EXPECT_LT(bytes.find("second"), bytes.find("first"));
  EXPECT_EQ(*decode_commit(bytes), commit);
}

TEST(Records, WithoutWhatTheyCannotBeWithoutAreCorrupt) {
  EXPECT_EQ(code_of(decode_repository("")), Code::corrupt);
  EXPECT_EQ(code_of(decode_commit("")), Code::corrupt);
  EXPECT_EQ(code_of(decode_branch("")), Code::corrupt);
  EXPECT_EQ(code_of(decode_tag("")), Code::corrupt);
  EXPECT_EQ(code_of(decode_tag("\xff")), Code::corrupt);
}

TEST(Records, ABranchToldFromOneWithACompactedTreeOfNoObjects) {
  Branch branch;
  branch.name = BranchName("main");
  branch.commit_id = CommitId("c");
  Branch compacted = branch;
  compacted.compacted = MetaRangeId("");

  EXPECT_EQ(*decode_branch(encode_branch(branch)), branch);
  EXPECT_EQ(*decode_branch(encode_branch(compacted)), compacted);
}

}  // namespace
}  // namespace mere::version
