#include "lake/objects.h"
#include "lake/entry_address.h"

#include <gtest/gtest.h>

#include "lake/test_lake.h"

namespace mere::lake {
namespace {

// Every test runs over memory and over files.
class ObjectsTest : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<block::Store> make_store() const {
    if (GetParam() == std::string("mem")) return block::make_memory_store(system_clock());
    return *block::open_local_store({.root = folder.path().string(), .sync_writes = false});
  }
  TestFolder folder;
  TestLake test{make_store(), kv::make_memory_store()};
  Objects& objects = test.lake.objects;
};
INSTANTIATE_TEST_SUITE_P(Stores, ObjectsTest, testing::Values("mem", "local"),
                         [](const auto& each) { return each.param; });

TEST_P(ObjectsTest, AnUploadIsReadBackWithItsChecksumAndMetadata) {
  const auto entry =
      test.upload("a/b.txt", "hello world", kMain, {.content_type = "text/plain", .metadata = {{"k", "v"}}});

  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->checksum, "5eb63bbbe01eeed093cb22bb8f5acdc3");
  EXPECT_EQ(entry->size_bytes, 11);
  EXPECT_EQ(entry->last_modified, test.clock.now());
  EXPECT_EQ(entry->address_type, tree::AddressType::relative);
  EXPECT_TRUE(AddressGenerator::made_at(entry->address));
  EXPECT_EQ(*objects.find(test.repository, RefExpr("main"), "a/b.txt"), *entry);
  EXPECT_EQ(*test.read("a/b.txt"), "hello world");
}

TEST_P(ObjectsTest, AnUploadThatIsNotFinishedLeavesNothing) {
  {
    auto upload = objects.begin_upload(test.repository, kMain, "a", {});
    ASSERT_TRUE(upload);
    ASSERT_TRUE((*upload)->append(std::as_bytes(std::span("some bytes"))));
  }

  EXPECT_FALSE(objects.find(test.repository, RefExpr("main"), "a"));
  EXPECT_TRUE(test.stored_objects().empty());
}

TEST_P(ObjectsTest, AnUploadIsRefusedBeforeItsBytesWhereItCouldNotBeStaged) {
  const auto refusal = [&](const version::Repository& repository, const char* branch,
                           UploadOptions options = {}) {
    auto upload = objects.begin_upload(repository, BranchName(branch), "a", options);
    return upload ? Error{Code::internal, "accepted"} : upload.error();
  };
  const auto read_only =
      test.make_repository("read-only", test.store->capabilities("").scheme + "://ro", true);
  ASSERT_TRUE(test.upload("a", "x"));

  EXPECT_EQ(refusal(test.repository, "nope"), (Error{Code::not_found, "branch 'nope' not found"}));
  EXPECT_EQ(refusal(read_only, "main"), (Error{Code::permission_denied, "read-only repository"}));
  EXPECT_EQ(refusal(read_only, "main", {.force = true}).message, "accepted");
  EXPECT_EQ(refusal(test.repository, "main", {.if_absent = true}),
            (Error{Code::precondition_failed, "path already exists"}));
  test.protect("main");
  EXPECT_EQ(refusal(test.repository, "main", {.force = true}),
            (Error{Code::permission_denied, "cannot write to protected branch"}));
  EXPECT_EQ(objects.begin_upload(test.repository, kMain, std::string(1025, 'x'), {}).error().code,
            Code::invalid_argument);
}

TEST_P(ObjectsTest, AnUploadThatLosesTheRaceForItsPathTakesItsBytesAway) {
  auto slow = objects.begin_upload(test.repository, kMain, "a", {.if_absent = true});
  ASSERT_TRUE(slow);
  ASSERT_TRUE(test.upload("a", "fast"));

  const auto finished = (*slow)->finish();

  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error(), (Error{Code::precondition_failed, "path already exists"}));
  EXPECT_EQ(test.stored_objects().size(), 1u);
  EXPECT_EQ(*test.read("a"), "fast");
}

TEST_P(ObjectsTest, ADeletedPathMayBeCreatedAgain) {
  ASSERT_TRUE(test.upload("a", "one"));
  ASSERT_TRUE(test.commit());
  ASSERT_TRUE(test.lake.engine.entries.remove(test.repository, kMain, "a"));

  EXPECT_TRUE(test.upload("a", "two", kMain, {.if_absent = true}));
}

TEST_P(ObjectsTest, AnEntryWithoutBytesIsGone) {
  const auto entry = test.upload("a", "x");
  ASSERT_TRUE(test.store->remove(address_of(test.repository, *entry)));

  EXPECT_EQ(objects.open(test.repository, *entry).error(), (Error{Code::gone, "No data"}));
}

TEST_P(ObjectsTest, ASmallObjectIsReadFromMemoryTheSecondTime) {
  const auto entry = test.upload("a", "small");
  const auto first = objects.open(test.repository, *entry);
  ASSERT_TRUE(first);
  ASSERT_TRUE(test.store->remove(address_of(test.repository, *entry)));

  const auto second = objects.open(test.repository, *entry);

  ASSERT_TRUE(second);
  EXPECT_EQ((*second)->memory(), "small");
  EXPECT_EQ((*second)->properties().size_bytes, 5u);
  std::string text(3, '\0');
  EXPECT_EQ(*(*second)->read_at(2, std::as_writable_bytes(std::span(text))), 3u);
  EXPECT_EQ(text, "all");
}

TEST_P(ObjectsTest, OnlySmallObjectsAtAddressesOfOursAreKeptInMemory) {
  const std::string bytes(SmallObjects::kObjectBytes + 1, 'x');
  const auto large = test.upload("large", bytes);
  auto foreign = *test.upload("foreign", "x");
  const block::Address elsewhere = block::join(test.repository.storage_namespace, "elsewhere");
  ASSERT_TRUE(test.store->copy(address_of(test.repository, foreign), elsewhere));
  foreign.address = "elsewhere";

  for (const tree::Entry& entry : {*large, foreign}) {
    ASSERT_TRUE(objects.open(test.repository, entry));
    ASSERT_TRUE(test.store->remove(address_of(test.repository, entry)));
    EXPECT_EQ(objects.open(test.repository, entry).error(), (Error{Code::gone, "No data"}));
  }
}

// As after a client has put other bytes at an address that it was given, and linked it again.
TEST_P(ObjectsTest, BytesInMemoryAreThoseOfTheEntry) {
  auto entry = *test.upload("a", "one");
  ASSERT_TRUE(objects.open(test.repository, entry));
  const auto other = test.upload("b", "two");
  ASSERT_TRUE(test.store->copy(address_of(test.repository, *other), address_of(test.repository, entry)));
  entry.checksum = other->checksum;

  const auto reader = objects.open(test.repository, entry);

  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->memory(), "two");
}

TEST_P(ObjectsTest, ACopyHasItsOwnBytes) {
  const auto source =
      test.upload("a", "data a", kMain, {.content_type = "text/plain", .metadata = {{"k", "a"}}});
  test.clock.advance(std::chrono::seconds(5));

  const auto copy = objects.copy(test.repository, kMain, {.source_path = "a", .destination_path = "b"});

  ASSERT_TRUE(copy);
  EXPECT_NE(copy->address, source->address);
  EXPECT_EQ(copy->checksum, source->checksum);
  EXPECT_EQ(copy->content_type, "text/plain");
  EXPECT_EQ(copy->metadata, source->metadata);
  EXPECT_EQ(copy->last_modified, test.clock.now());
  ASSERT_TRUE(test.store->remove(address_of(test.repository, *source)));
  EXPECT_EQ(*test.read("b"), "data a");
}

TEST_P(ObjectsTest, ACopyReadsTheBranchOrTheReferenceItNames) {
  ASSERT_TRUE(test.upload("a", "data"));
  const auto commit = test.commit();
  ASSERT_TRUE(test.lake.engine.entries.remove(test.repository, kMain, "a"));

  EXPECT_EQ(objects.copy(test.repository, kMain, {.source_path = "a", .destination_path = "b"}).error(),
            (Error{Code::not_found, "not found"}));
  EXPECT_TRUE(
      objects.copy(test.repository, kMain,
                   {.source_path = "a", .source_ref = RefExpr(commit->id.str()), .destination_path = "b"}));
  EXPECT_TRUE(objects.copy(test.repository, kMain, {.source_path = "b", .destination_path = "b"}));
  EXPECT_EQ(*test.read("b"), "data");
  EXPECT_EQ(objects.copy(test.repository, BranchName("nope"), {.source_path = "b", .destination_path = "c"})
                .error(),
            (Error{Code::not_found, "branch 'nope' not found"}));
  EXPECT_EQ(objects
                .copy(test.repository, kMain,
                      {.source_path = "b", .source_ref = RefExpr("nope"), .destination_path = "c"})
                .error(),
            (Error{Code::not_found, "not found"}));
}

TEST_P(ObjectsTest, UserMetadataIsReplacedAndNothingElse) {
  const auto before =
      test.upload("a", "x", kMain, {.content_type = "text/plain", .metadata = {{"old", "1"}}});
  ASSERT_TRUE(test.commit());

  ASSERT_TRUE(objects.update_user_metadata(test.repository, kMain, "a", {{"new", "2"}}));

  tree::Entry expected = *before;
  expected.metadata = {{"new", "2"}};
  EXPECT_EQ(*objects.find(test.repository, RefExpr("main"), "a"), expected);
  EXPECT_EQ(*objects.find(test.repository, RefExpr("main@"), "a"), *before);
  EXPECT_EQ(objects.update_user_metadata(test.repository, kMain, "none", {}).error(),
            (Error{Code::not_found, "update user metadata on repo/main/none: not found"}));
}

TEST_P(ObjectsTest, SymlinksListThePhysicalAddressesOfEachFolder) {
  const auto root = test.upload("z", "1");
  const auto first = test.upload("t/a", "1");
  const auto nested = test.upload("t/b/x", "2");
  const auto last = test.upload("t/c", "3");

  const auto location = objects.create_symlinks(test.repository, kMain, "");

  ASSERT_TRUE(location) << location.error().message;
  EXPECT_EQ(*location, test.repository.storage_namespace.uri + "/symlinks");
  const auto lines = [&](const std::string& folder) {
    return *block::read_all(*test.store, {*location + "/repo/main/" + folder + "symlink.txt"}, 1 << 20);
  };
  const auto shown = [&](const Result<tree::Entry>& entry) {
    return AddressDisplay(*test.store, test.repository)(*entry) + "\n";
  };
  EXPECT_EQ(lines("t/"), shown(first) + shown(last));
  EXPECT_EQ(lines("t/b/"), shown(nested));
  EXPECT_EQ(lines(""), shown(root));
}

TEST_P(ObjectsTest, AddressesAreShownAsTheStoreShowsThem) {
  const AddressDisplay display(*test.store, test.repository);
  const std::string scheme = test.store->capabilities("").scheme;
  using enum tree::AddressType;
  for (const auto& [address, type] : {std::pair<std::string, tree::AddressType>{"data/x/y", relative},
                                      {"/data/x/y", relative},
                                      {scheme + "://elsewhere/x", relative},
                                      {scheme + "://elsewhere/x", full},
                                      {scheme + "://elsewhere/x", by_prefix_deprecated},
                                      {"data/x/y", by_prefix_deprecated},
                                      {"a b://x", by_prefix_deprecated}}) {
    const tree::Entry entry{.address = address, .address_type = type};

    EXPECT_EQ(display(entry), test.store->display(address_of(test.repository, entry))) << address;
  }
}

// Linking.

class LinkTest : public ObjectsTest {
 protected:
  // Puts bytes where the address says, as a client of the store would.
  void put(const std::string& signed_address, std::string_view bytes) {
    const std::string relative = signed_address.substr(signed_address.rfind("data/"));
    ASSERT_TRUE(
        block::write_all(*test.store, block::join(test.repository.storage_namespace, relative), bytes));
  }
  Result<tree::Entry> link(const std::string& address, const std::string& path = "p",
                           const char* branch = "main") {
    return objects.link(test.repository, BranchName(branch), path,
                        {.physical_address = address, .checksum = "\"abc\"", .size_bytes = 4});
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, LinkTest, testing::Values("mem", "local"),
                         [](const auto& each) { return each.param; });

TEST_P(LinkTest, BytesPutAtASignedAddressBecomeAnObject) {
  const auto made = objects.link_address(test.repository, kMain, "p");
  ASSERT_TRUE(made);
  const std::string& address = made->shown;
  put(address, "data");
  ASSERT_TRUE(test.store->stat(made->address));

  const auto entry = link(address);

  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->checksum, "abc");
  EXPECT_EQ(entry->content_type, "application/octet-stream");
  EXPECT_EQ(entry->address_type, tree::AddressType::relative);
  EXPECT_EQ(AddressDisplay(*test.store, test.repository)(*entry), address);
  EXPECT_EQ(*test.read("p"), "data");
  EXPECT_TRUE(link(address)) << "the same address may be linked again";
}

TEST_P(LinkTest, AnAddressIsGoodForOnePathBranchAndRepositoryOnly) {
  const auto address = objects.link_address(test.repository, kMain, "p")->shown;
  const Error wrong{Code::invalid_argument, "invalid address signature: invalid address"};

  EXPECT_EQ(link(address, "q").error(), wrong);
  EXPECT_EQ(link(address, "p", "dev").error(), wrong);
  EXPECT_EQ(link(address + "x").error(), wrong);
  EXPECT_EQ(link(address.substr(0, address.rfind(','))).error(),
            (Error{Code::invalid_argument, "address is not signed: link address invalid"}));
}

TEST_P(LinkTest, AnAddressExpiresAfterADay) {
  const auto address = objects.link_address(test.repository, kMain, "p")->shown;

  test.clock.advance(std::chrono::hours(24) - std::chrono::seconds(1));
  EXPECT_TRUE(link(address));
  test.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(link(address).error(), (Error{Code::invalid_argument, "link address expired"}));
}

TEST_P(LinkTest, TheBranchIsLookedAtWhenLinkingOnly) {
  const auto address = objects.link_address(test.repository, BranchName("nope"), "p");

  ASSERT_TRUE(address);
  EXPECT_EQ(link(address->shown, "p", "nope").error(), (Error{Code::not_found, "branch not found"}));
}

TEST_P(LinkTest, AChecksumIsRequiredAndOtherPreconditionsHold) {
  const auto address = objects.link_address(test.repository, kMain, "p")->shown;
  StageRequest request{.physical_address = address, .checksum = " \"\" ", .size_bytes = 1};

  EXPECT_EQ(objects.link(test.repository, kMain, "p", request).error(),
            (Error{Code::invalid_argument, "checksum is required"}));
  request.checksum = "c";
  ASSERT_TRUE(objects.link(test.repository, kMain, "p", request));
  request.if_absent = true;
  EXPECT_EQ(objects.link(test.repository, kMain, "p", request).error(),
            (Error{Code::precondition_failed, "Precondition failed"}));
  request.if_absent = false;
  request.size_bytes = -1;
  EXPECT_EQ(objects.link(test.repository, kMain, "p", request).error().code, Code::invalid_argument);
}

TEST_P(LinkTest, OtherAddressesOfTheStoreAreTakenAsTheyAre) {
  const std::string elsewhere = test.store->capabilities("").scheme + "://elsewhere/file";

  const auto entry = link(elsewhere);

  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->address, elsewhere);
  EXPECT_EQ(entry->address_type, tree::AddressType::full);
  EXPECT_EQ(link("s3://bucket/key").error().code, Code::invalid_argument);
  EXPECT_EQ(link("/etc/passwd").error().code, Code::invalid_argument);
}

TEST_P(LinkTest, StagingTakesAnyAddressOfTheStoresScheme) {
  const std::string scheme = test.store->capabilities("").scheme;
  const auto data = *test.upload("a", "data");
  const auto stage = [&](const std::string& address) {
    return objects.stage(
        test.repository, kMain, "staged",
        {.physical_address = address, .checksum = "c", .size_bytes = 4, .mtime = 1600000000});
  };

  const auto own = stage(AddressDisplay(*test.store, test.repository)(data));
  const auto wrong = stage("x3://b/k");

  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->address, data.address);
  EXPECT_EQ(own->last_modified.seconds, 1600000000);
  EXPECT_EQ(*test.read("staged"), "data");
  EXPECT_EQ(wrong.error(),
            (Error{Code::invalid_argument,
                   "physical address is not valid for block adapter: " + test.store->capabilities("").type}));
}

TEST(LocalLinks, CannotReachOutsideOfTheStore) {
  TestFolder folder, secret;
  secret.write("file", "secret");
  TestLake test(*block::open_local_store({.root = folder.path().string(), .sync_writes = false}),
                kv::make_memory_store());

  for (const std::string& address :
       {"local://" + secret.path().string() + "/file", std::string("local:///etc/passwd"),
        std::string("local://repo/../../etc/passwd")}) {
    const StageRequest request{.physical_address = address, .checksum = "c", .size_bytes = 1};
    EXPECT_EQ(test.lake.objects.link(test.repository, kMain, "p", request).error().code,
              Code::invalid_argument)
        << address;
    EXPECT_EQ(test.lake.objects.stage(test.repository, kMain, "p", request).error().code,
              Code::invalid_argument)
        << address;
  }
}

}  // namespace
}  // namespace mere::lake
