#include "lake/multiparts.h"

#include <gtest/gtest.h>

#include <array>

#include "base/encoding.h"
#include "base/hash.h"
#include "lake/multipart_repeat.h"
#include "lake/test_lake.h"

namespace mere::lake {
namespace {

struct Parts : TestLake {
  using TestLake::TestLake;

  MultipartUpload begin(const std::string& path = "path", const MultipartOptions& options = {}) {
    auto upload = lake.multiparts.begin(repository, kMain, path, options);
    EXPECT_TRUE(upload) << (upload ? "" : upload.error().message);
    return *upload;
  }
  CompletedPart put(const MultipartUpload& upload, int number, std::string_view text) {
    auto writer = lake.multiparts.part(upload, number);
    EXPECT_TRUE(writer);
    EXPECT_TRUE((*writer)->append(std::as_bytes(std::span(text))));
    const auto written = (*writer)->finish();
    EXPECT_TRUE(written);
    return {number, written->md5, {}};
  }
  // With the checksum that the upload asks for.
  CompletedPart put_summed(const MultipartUpload& upload, int number, std::string_view text) {
    CompletedPart part = put(upload, number, text);
    ContentChecksum checksum(*upload.options.checksum);
    checksum.update(std::as_bytes(std::span(text)));
    part.checksum = checksum.finish();
    EXPECT_TRUE(lake.multiparts.keep_checksum(repository, upload, number, part.etag, part.checksum));
    return part;
  }
  Result<tree::Entry> complete(const MultipartUpload& upload, const std::vector<CompletedPart>& parts,
                               const CompleteOptions& options = {}) {
    return lake.multiparts.complete(repository, upload.name, parts, options, &mistake);
  }
  UploadsPage list(const ListUploads& request = {}) const {
    auto page = lake.multiparts.list(repository, request);
    EXPECT_TRUE(page);
    return *page;
  }
  std::vector<std::string> keys(const std::string& prefix) const {
    std::vector<std::string> found;
    for (const auto cursor = state->scan(prefix); cursor->valid(); cursor->next())
      found.emplace_back(cursor->key());
    return found;
  }

  CompletionMistake mistake = CompletionMistake::none;
};

TEST(Multiparts, JoinPartsInOrderOfNumbersWhateverTheOrderOfTheirArrival) {
  Parts test;
  const auto upload = test.begin("path", {.content_type = "text/x", .metadata = {{"k", "v"}}});
  const auto last = test.put(upload, 7, "cc");
  const auto first = test.put(upload, 2, "aaa");

  const auto entry = test.complete(upload, {first, last});

  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(*test.read("path"), "aaacc");
  EXPECT_EQ(entry->size_bytes, 5);
  EXPECT_EQ(entry->checksum, to_hex(md5(md5("aaa") + md5("cc"))));
  EXPECT_EQ(s3_etag(*entry), entry->checksum + "-2");
  EXPECT_EQ(entry->metadata.at("::mere::part-sizes"), "3,2");
  EXPECT_EQ(entry->content_type, "text/x");
  EXPECT_EQ(entry->metadata.at("k"), "v");
  EXPECT_EQ(*test.lake.objects.find(test.repository, RefExpr("main"), "path"), *entry);
}

TEST(Multiparts, ShowNothingBeforeTheyAreCompleted) {
  Parts test;
  const auto upload = test.begin();
  test.put(upload, 1, "a");

  EXPECT_EQ(test.read("path").error().code, Code::not_found);
  EXPECT_TRUE(test.stored_objects().empty());
}

TEST(Multiparts, OfTwoPartsWithANumberTheLaterCounts) {
  Parts test;
  const auto upload = test.begin();
  const auto old = test.put(upload, 1, "old");
  const auto part = test.put(upload, 1, "new");

  EXPECT_EQ(test.complete(upload, {old}).error().code, Code::invalid_argument);
  EXPECT_EQ(test.mistake, CompletionMistake::part);
  ASSERT_TRUE(test.complete(upload, {part}));
  EXPECT_EQ(*test.read("path"), "new");
}

TEST(Multiparts, TellTheMistakesOfAListApart) {
  Parts test;
  const auto upload = test.begin();
  const auto one = test.put(upload, 1, "a");
  const auto two = test.put(upload, 2, "b");
  const auto mistake_of = [&](const std::vector<CompletedPart>& parts, const CompleteOptions& options = {}) {
    EXPECT_EQ(test.complete(upload, parts, options).error().code, Code::invalid_argument);
    return test.mistake;
  };

  EXPECT_EQ(mistake_of({}), CompletionMistake::part);
  EXPECT_EQ(mistake_of({two, one}), CompletionMistake::order);
  EXPECT_EQ(mistake_of({one, one}), CompletionMistake::order);
  EXPECT_EQ(mistake_of({one, {3, two.etag, {}}}), CompletionMistake::part);
  EXPECT_EQ(mistake_of({{1, two.etag, {}}, two}), CompletionMistake::part);
  EXPECT_EQ(mistake_of({one, two}, {.min_part_bytes = 2}), CompletionMistake::too_small);
  EXPECT_EQ(mistake_of({one, two}, {.size_bytes = 3}), CompletionMistake::size);
  const auto entry = test.complete(upload, {one, two}, {.min_part_bytes = 1, .size_bytes = 2});
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->metadata.at("::mere::part-sizes"), "1*2");
  EXPECT_EQ(test.mistake, CompletionMistake::none);
}

TEST(Multiparts, CompletedTwiceAnswerTheSameForAnHour) {
  Parts test;
  const auto upload = test.begin();
  const auto part = test.put(upload, 1, "a");
  const auto first = test.complete(upload, {part});
  ASSERT_TRUE(first);
  test.clock.advance(std::chrono::minutes(59));
  ASSERT_TRUE(test.lake.multiparts.expire(std::chrono::hours(24)));

  EXPECT_EQ(*test.complete(upload, {part}), *first);
  EXPECT_EQ(*test.complete(upload, {part}, {.if_absent = true}), *first);
  EXPECT_TRUE(*has_completed(test.lake, test.repository, upload.name, {part}));
  EXPECT_FALSE(*has_completed(test.lake, test.repository, upload.name, {{1, "0", {}}}));
  EXPECT_EQ(test.complete(upload, {{1, "0", {}}}).error().code, Code::not_found);
  EXPECT_EQ(test.lake.multiparts.find(test.repository, upload.name).error().code, Code::not_found);
  EXPECT_EQ(test.lake.multiparts.abort(test.repository, upload.name).error().code, Code::not_found);

  test.clock.advance(std::chrono::minutes(2));
  ASSERT_TRUE(test.lake.multiparts.expire(std::chrono::hours(24)));
  EXPECT_EQ(test.complete(upload, {part}).error().code, Code::not_found);
  EXPECT_TRUE(test.keys("uploads/").empty());
  EXPECT_EQ(*test.read("path"), "a");
}

TEST(Multiparts, CompletedAgainDoNotUndoALaterWrite) {
  Parts test;
  const auto upload = test.begin();
  const auto part = test.put(upload, 1, "a");
  ASSERT_TRUE(test.complete(upload, {part}));
  ASSERT_TRUE(test.upload("path", "later"));

  ASSERT_TRUE(test.complete(upload, {part}));

  EXPECT_EQ(*test.read("path"), "later");
}

TEST(Multiparts, AreNoOthersThanTheirPathBranchAndRepositorySay) {
  Parts test;
  const auto other = test.make_repository("other", "mem://other");
  const auto upload = test.begin();
  const auto code_of = [&](const Repository& repository, UploadName name) {
    return test.lake.multiparts.find(repository, name).error().code;
  };

  EXPECT_EQ(code_of(other, upload.name), Code::not_found);
  EXPECT_EQ(code_of(test.repository, {kMain, "other", upload.name.id}), Code::not_found);
  EXPECT_EQ(code_of(test.repository, {BranchName("dev"), "path", upload.name.id}), Code::not_found);
  EXPECT_EQ(code_of(test.repository, {kMain, "path", "../../etc"}), Code::not_found);
  EXPECT_EQ(code_of(test.repository, {kMain, "", upload.name.id}), Code::not_found);
  EXPECT_TRUE(test.lake.multiparts.find(test.repository, upload.name));
}

TEST(Multiparts, NeedABranchAndAWritableRepositoryToBegin) {
  Parts test;
  const auto frozen = test.make_repository("frozen", "mem://frozen", true);
  auto& uploads = test.lake.multiparts;

  EXPECT_EQ(uploads.begin(test.repository, BranchName("none"), "p", {}).error().code, Code::not_found);
  EXPECT_EQ(uploads.begin(test.repository, kMain, "", {}).error().code, Code::invalid_argument);
  EXPECT_EQ(uploads.begin(frozen, kMain, "p", {}).error().code, Code::permission_denied);
  EXPECT_TRUE(test.keys("uploads/").empty());
}

TEST(Multiparts, StayWhenTheirCompletionIsRefused) {
  Parts test;
  ASSERT_TRUE(test.upload("path", "there"));
  const auto upload = test.begin();
  const auto part = test.put(upload, 1, "a");

  EXPECT_EQ(test.complete(upload, {part}, {.if_absent = true}).error().code, Code::precondition_failed);
  EXPECT_EQ(test.complete(upload, {part}, {.if_identity = std::optional<std::string>("x")}).error().code,
            Code::precondition_failed);
  test.protect("main");
  EXPECT_EQ(test.complete(upload, {part}).error().code, Code::permission_denied);
  EXPECT_EQ(*test.read("path"), "there");

  ASSERT_TRUE(
      version::set_protection_rules(test.lake.engine.repositories, test.repository, {}, std::nullopt));
  const auto now = test.lake.objects.find(test.repository, RefExpr("main"), "path");
  ASSERT_TRUE(test.complete(upload, {part}, {.if_identity = std::optional(tree::identity_of(*now))}));
  EXPECT_EQ(*test.read("path"), "a");
}

TEST(Multiparts, AbortedAreGoneWithTheirParts) {
  Parts test;
  const auto upload = test.begin("path", {.checksum = ChecksumAlgorithm::crc32c});
  const auto part = test.put_summed(upload, 1, "a");

  ASSERT_TRUE(test.lake.multiparts.abort(test.repository, upload.name));

  EXPECT_EQ(test.lake.multiparts.abort(test.repository, upload.name).error().code, Code::not_found);
  EXPECT_EQ(test.complete(upload, {part}).error().code, Code::not_found);
  EXPECT_EQ(test.lake.multiparts.part(upload, 2).error().code, Code::not_found);
  EXPECT_TRUE(test.keys("uploads/").empty());
  EXPECT_TRUE(test.keys("part-checksums/").empty());
  EXPECT_EQ(test.store->list_parts(upload.address, upload.store_id).error().code, Code::not_found);
}

TEST(Multiparts, ListTheirPartsInPages) {
  Parts test;
  const auto upload = test.begin("path", {.checksum = ChecksumAlgorithm::sha256});
  const auto one = test.put_summed(upload, 1, "a");
  test.put(upload, 3, "ccc");
  test.put_summed(upload, 20, "b");

  const auto first = test.lake.multiparts.parts(test.repository, upload, 0, 2);
  const auto rest = test.lake.multiparts.parts(test.repository, upload, 3, 2);

  ASSERT_TRUE(first && rest);
  ASSERT_EQ(first->items.size(), 2);
  EXPECT_TRUE(first->has_more);
  EXPECT_EQ(first->items[0].part.etag, one.etag);
  EXPECT_EQ(first->items[0].checksum, sha256("a"));
  EXPECT_EQ(first->items[1].part.size_bytes, 3);
  EXPECT_EQ(first->items[1].checksum, "");
  ASSERT_EQ(rest->items.size(), 1);
  EXPECT_FALSE(rest->has_more);
  EXPECT_EQ(rest->items[0].part.number, 20);
}

TEST(Multiparts, AreListedByKeyAndIdInPages) {
  Parts test;
  ASSERT_TRUE(
      test.lake.engine.refs.create_branch(test.repository, BranchName("dev"), RefExpr("main"), false, false));
  test.begin("b");
  test.begin("a/x");
  test.begin("a");
  test.begin("a");
  ASSERT_TRUE(test.lake.multiparts.begin(test.repository, BranchName("dev"), "z", {}));
  const auto done = test.begin("done");
  ASSERT_TRUE(test.complete(done, {test.put(done, 1, "x")}));

  std::vector<std::string> seen;
  ListUploads request{.amount = 1};
  std::string last_id;
  while (true) {
    const auto page = test.list(request);
    ASSERT_EQ(page.uploads.size(), 1);
    seen.push_back(page.uploads[0].name.key());
    EXPECT_NE(page.uploads[0].name.id, last_id);
    last_id = page.uploads[0].name.id;
    if (!page.has_more) break;
    request.key_marker = page.next_key_marker;
    request.id_marker = page.next_id_marker;
  }

  EXPECT_EQ(seen, (std::vector<std::string>{"dev/z", "main/a", "main/a", "main/a/x", "main/b"}));
  EXPECT_EQ(test.list({.prefix = "main/a/"}).uploads.size(), 1);
  EXPECT_EQ(test.list({.prefix = "ma"}).uploads.size(), 4);
  EXPECT_EQ(test.list({.key_marker = "main/a"}).uploads.size(), 2);
  EXPECT_EQ(test.list({.prefix = "main/b", .key_marker = "main/a"}).uploads.size(), 1);
  EXPECT_TRUE(test.list({.key_marker = "main/b"}).uploads.empty());
  EXPECT_TRUE(test.list({.prefix = std::string(5000, 'x')}).uploads.empty());
}

TEST(Multiparts, AreListedFoldedByADelimiter) {
  Parts test;
  for (const char* path : {"a/1", "a/2", "b", "c/d/1", "c/e"}) test.begin(path);
  const auto page_of = [&](ListUploads request) {
    const auto page = test.list(request);
    std::string text;
    for (const auto& prefix : page.common_prefixes) text += prefix + " ";
    for (const auto& upload : page.uploads) text += upload.name.key() + " ";
    return text + (page.has_more ? "…" + page.next_key_marker : "");
  };

  EXPECT_EQ(page_of({.delimiter = "/"}), "main/ ");
  EXPECT_EQ(page_of({.prefix = "main/", .delimiter = "/"}), "main/a/ main/c/ main/b ");
  EXPECT_EQ(page_of({.prefix = "main/", .delimiter = "/", .amount = 1}), "main/a/ …main/a/");
  EXPECT_EQ(page_of({.prefix = "main/", .delimiter = "/", .key_marker = "main/a/", .amount = 1}),
            "main/b …main/b");
  EXPECT_EQ(page_of({.prefix = "main/c/", .delimiter = "/"}), "main/c/d/ main/c/e ");
}

class ChecksumOfParts : public testing::TestWithParam<ChecksumAlgorithm> {};

std::string checksum_of_text(ChecksumAlgorithm algorithm, std::string_view text) {
  ContentChecksum checksum(algorithm);
  checksum.update(std::as_bytes(std::span(text)));
  return checksum.finish();
}

TEST_P(ChecksumOfParts, MakeThatOfTheWhole) {
  Parts test;
  const ChecksumAlgorithm algorithm = GetParam();
  const bool can_be_full = algorithm != ChecksumAlgorithm::sha1 && algorithm != ChecksumAlgorithm::sha256;
  const std::string first(70'000, 'a');
  const std::string second = "the rest of it";
  for (const ChecksumType type : {ChecksumType::composite, ChecksumType::full_object}) {
    if (type == ChecksumType::full_object && !can_be_full) continue;
    const auto upload = test.begin("path", {.checksum = algorithm, .checksum_type = type});
    const auto one = test.put_summed(upload, 1, first);
    const auto two = test.put_summed(upload, 2, second);
    const std::string whole = type == ChecksumType::full_object
                                  ? checksum_of_text(algorithm, first + second)
                                  : checksum_of_text(algorithm, one.checksum + two.checksum);

    EXPECT_FALSE(test.complete(upload, {one, two}, {.checksum = "wrong"}));
    EXPECT_EQ(test.mistake, CompletionMistake::checksum);
    const auto entry = test.complete(upload, {one, two}, {.checksum = whole});

    ASSERT_TRUE(entry) << entry.error().message;
    const auto kept = checksum_of(*entry);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->algorithm, algorithm);
    EXPECT_EQ(kept->type, type);
    EXPECT_EQ(kept->value, to_base64(whole) + (type == ChecksumType::composite ? "-2" : ""));
    EXPECT_TRUE(test.keys("part-checksums/").empty());
  }
}
INSTANTIATE_TEST_SUITE_P(Algorithms, ChecksumOfParts,
                         testing::Values(ChecksumAlgorithm::crc32, ChecksumAlgorithm::crc32c,
                                         ChecksumAlgorithm::crc64nvme, ChecksumAlgorithm::sha1,
                                         ChecksumAlgorithm::sha256));

TEST(Multiparts, RefusePartsWhoseChecksumIsMissingOrAnother) {
  Parts test;
  const auto upload = test.begin("path", {.checksum = ChecksumAlgorithm::crc32});
  auto one = test.put_summed(upload, 1, "a");
  const auto bare = test.put(upload, 2, "b");

  EXPECT_FALSE(test.complete(upload, {one, bare}));
  EXPECT_EQ(test.mistake, CompletionMistake::part);
  one.checksum = "????";
  EXPECT_FALSE(test.complete(upload, {one}));
  EXPECT_EQ(test.mistake, CompletionMistake::part);
  // What was kept for other bytes does not count for these.
  test.put_summed(upload, 1, "z");
  const auto replaced = test.put(upload, 1, "y");
  EXPECT_FALSE(test.complete(upload, {replaced}));
}

TEST(Multiparts, CopyPiecesOfObjectsAsParts) {
  Parts test;
  const auto source = test.upload("source", "0123456789");
  const auto reader = test.lake.objects.open(test.repository, *source);
  const auto upload =
      test.begin("path", {.checksum = ChecksumAlgorithm::crc32, .checksum_type = ChecksumType::full_object});
  auto& uploads = test.lake.multiparts;

  const auto one = uploads.copy_part(test.repository, upload, 1, **reader, 2, 3);
  const auto two = uploads.copy_part(test.repository, upload, 2, **reader, 0, 10);
  const auto past = uploads.copy_part(test.repository, upload, 3, **reader, 8, 3);

  ASSERT_TRUE(one && two);
  EXPECT_EQ(past.error().code, Code::gone);
  const auto entry = test.complete(upload, {{1, one->md5, {}}, {2, two->md5, {}}});
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(*test.read("path"), "2340123456789");
  EXPECT_EQ(checksum_of(*entry)->value,
            to_base64(checksum_of_text(ChecksumAlgorithm::crc32, "2340123456789")));
}

TEST(Multiparts, ExpireWhenNobodyTouchesThem) {
  ManualClock clock_of_the_store;
  Parts test(block::make_memory_store(clock_of_the_store), kv::make_memory_store());
  const auto pass = [&](std::chrono::hours time) {
    test.clock.advance(time);
    clock_of_the_store.advance(time);
  };
  const auto old = test.begin("old");
  test.put(old, 1, "a");
  const auto touched = test.begin("touched");
  pass(std::chrono::hours(24 * 6));
  test.put(touched, 1, "a");
  const auto young = test.begin("young");
  constexpr std::chrono::hours kWeek(24 * 7);

  EXPECT_EQ(*test.lake.multiparts.expire(kWeek), 0);
  pass(std::chrono::hours(24));
  EXPECT_EQ(*test.lake.multiparts.expire(kWeek), 1);

  EXPECT_EQ(test.lake.multiparts.find(test.repository, old.name).error().code, Code::not_found);
  EXPECT_EQ(test.store->list_parts(old.address, old.store_id).error().code, Code::not_found);
  EXPECT_TRUE(test.lake.multiparts.find(test.repository, young.name));
  EXPECT_TRUE(test.complete(touched, {{1, to_hex(md5("a")), {}}}));
}

TEST(Multiparts, ExpireAtOnceWithTheirRepository) {
  Parts test;
  const auto upload = test.begin("path", {.checksum = ChecksumAlgorithm::crc32c});
  test.put_summed(upload, 1, "a");
  ASSERT_TRUE(test.lake.engine.repositories.remove(test.repository.name, false));

  EXPECT_EQ(*test.lake.multiparts.expire(std::chrono::hours(1)), 1);

  EXPECT_TRUE(test.keys("uploads/").empty());
  EXPECT_TRUE(test.keys("part-checksums/").empty());
  EXPECT_EQ(test.store->list_parts(upload.address, upload.store_id).error().code, Code::not_found);
}

TEST(Multiparts, ExpireWhenTheirBranchIsGone) {
  Parts test;
  ASSERT_TRUE(
      test.lake.engine.refs.create_branch(test.repository, BranchName("dev"), RefExpr("main"), false, false));
  ASSERT_TRUE(test.lake.multiparts.begin(test.repository, BranchName("dev"), "p", {}));
  ASSERT_TRUE(test.lake.engine.refs.remove_branch(test.repository, BranchName("dev"), false));

  EXPECT_EQ(*test.lake.multiparts.expire(std::chrono::hours(1)), 0);
  test.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(*test.lake.multiparts.expire(std::chrono::hours(1)), 1);
  EXPECT_TRUE(test.keys("uploads/").empty());
}

}  // namespace
}  // namespace mere::lake
