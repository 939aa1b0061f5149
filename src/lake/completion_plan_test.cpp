#include "lake/completion_plan.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"

namespace mere::lake {
namespace {

MultipartUpload upload(const std::string& id) {
  MultipartUpload upload;
  upload.name = {BranchName("main"), "path", id};
  return upload;
}

Result<tree::Entry> plan(const std::string& id, const std::vector<CompletedPart>& parts,
                         const std::vector<block::Part>& uploaded) {
  CompletionMistake mistake{};
  auto entry = plan_completion(upload(id), parts, uploaded, {}, {}, mistake);
  EXPECT_EQ(mistake, entry ? CompletionMistake::none : CompletionMistake::part);
  return entry;
}

block::Part part(int number, std::uint64_t size_bytes, std::string etag) {
  return {.number = number, .size_bytes = size_bytes, .etag = std::move(etag), .last_modified = {}};
}

TEST(CompletionPlan, ThatAStoreKnowsNoETagsMakesPartsNoLessThere) {
  const auto entry = plan("u1", {{1, "", ""}, {2, "0x8D", ""}}, {part(1, 10, ""), part(2, 5, "")});
  const auto missing = plan("u1", {{1, "", ""}, {3, "", ""}}, {part(1, 10, ""), part(2, 5, "")});

  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->size_bytes, 15);
  EXPECT_EQ(entry->checksum.size(), 32u);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::invalid_argument);
}

TEST(CompletionPlan, AnMd5OfAPartWhoseETagIsUnknownIsBelieved) {
  const std::string one = to_hex(md5("one")), two = to_hex(md5("two"));

  const auto believed = plan("u1", {{1, one, ""}, {2, two, ""}}, {part(1, 3, ""), part(2, 3, "")});
  const auto known = plan("u1", {{1, one, ""}, {2, two, ""}}, {part(1, 3, one), part(2, 3, two)});

  EXPECT_EQ(believed->checksum, known->checksum);
  EXPECT_EQ(believed->checksum, to_hex(md5(md5("one") + md5("two"))));
}

TEST(CompletionPlan, WithoutMd5sAChecksumIsThatOfItsUploadAlone) {
  const std::vector<block::Part> uploaded = {part(1, 3, "")};

  const auto first = plan("u1", {{1, "", ""}}, uploaded);

  EXPECT_EQ(plan("u1", {{1, "", ""}}, uploaded)->checksum, first->checksum);
  EXPECT_NE(plan("u2", {{1, "", ""}}, uploaded)->checksum, first->checksum);
}

TEST(CompletionPlan, AKnownETagMustBeTheOneGiven) {
  const std::string one = to_hex(md5("one")), two = to_hex(md5("two"));

  EXPECT_FALSE(plan("u1", {{1, two, ""}}, {part(1, 3, one)}));
  EXPECT_FALSE(plan("u1", {{1, "", ""}}, {part(1, 3, one)}));
}

// One that the server wrote and one that the client did (Azure): which one is meant, the ETag says.
TEST(CompletionPlan, OfTwoPartsWithANumberTheETagChooses) {
  const std::string one = to_hex(md5("one"));
  const std::vector<block::Part> both = {part(1, 3, one), part(1, 8, "")};

  EXPECT_EQ(plan("u1", {{1, one, ""}}, both)->size_bytes, 3);
  EXPECT_EQ(plan("u1", {{1, to_hex(md5("two")), ""}}, both)->size_bytes, 8);
  EXPECT_FALSE(plan("u1", {{1, "", ""}}, both));
}

}  // namespace
}  // namespace mere::lake
