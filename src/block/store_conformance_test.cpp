// What store.h promises, asked of every driver. A new driver adds a line to drivers(), and nothing here
// may assume files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <numeric>
#include <ostream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/random.h"
#include "block/azure_store.h"
#include "block/gcs_store.h"
#include "block/s3_store.h"
#include "block/store.h"
#include "block/store_set.h"
#include "block/test_folder.h"
#include "http/client_test_support.h"

namespace mere::block {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A store, and a folder in it that no other test uses.
class Harness {
 public:
  virtual ~Harness() = default;
  virtual Store& store() = 0;
  virtual Address folder() const = 0;
  // False for a service that lists in an order of its own (SeaweedFS walks its folders); S3 itself does not.
  virtual bool lists_in_byte_order() const { return true; }
  // The same one remembers folders without objects for a while, and skips whole ones that `after` is in.
  // False where names are UTF-8.
  virtual bool takes_any_bytes() const { return true; }
  virtual bool takes_line_ends() const { return true; }
  // False for an emulator that takes any signature.
  virtual bool checks_signatures() const { return true; }
  // False for one that takes, and sometimes lists, a part's old ETag after it was uploaded again (SeaweedFS).
  virtual bool checks_replaced_parts() const { return true; }
  // False where an upload can be completed a second time, for a while, to the same end (S3).
  virtual bool forgets_completed_uploads() const { return true; }
  // Of any part but the last.
  virtual std::size_t smallest_part() const { return 0; }
};

class MemoryHarness final : public Harness {
 public:
  Store& store() override { return *store_; }
  Address folder() const override { return {"mem://bucket/folder"}; }

 private:
  const std::unique_ptr<Store> store_ = make_memory_store(system_clock());
};

class LocalHarness final : public Harness {
 public:
  explicit LocalHarness(bool absolute) : absolute_(absolute) {
    // How bytes become durable is local_store_test's matter: here it would only take time.
    auto store = open_local_store({.root = root_.path().string(), .sync_writes = false});
    MERE_CHECK(store.has_value());
    store_ = *std::move(store);
  }
  Store& store() override { return *store_; }
  Address folder() const override {
    return {absolute_ ? "local://" + (root_ / "bucket").string() : "local://bucket"};
  }

 private:
  const bool absolute_;
  const TestFolder root_;
  std::unique_ptr<Store> store_;
};

// The second of three, with an id: every address carries it, and every answer must.
class SetHarness final : public Harness {
 public:
  SetHarness() {
    std::vector<NamedStore> stores;
    for (const char* id : {"first", "second", "third"})
      stores.push_back({id, "", id == std::string_view("first"), "", make_memory_store(system_clock())});
    store_ = make_store_set(std::move(stores));
  }
  Store& store() override { return *store_; }
  Address folder() const override { return {"mem://bucket/folder", "second"}; }

 private:
  std::unique_ptr<Store> store_;
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// The service that ./dev test starts (tests/support/s3_service.py).
class S3Harness final : public Harness {
 public:
  static constexpr const char* kEndpoint = "MERE_TEST_S3_ENDPOINT";
  S3Harness() : folder_{"s3://" + environment("MERE_TEST_S3_BUCKET") + "/" + random_uuid(system_random())} {
    S3Options options;
    options.endpoint = environment(kEndpoint);
    options.credentials.access_key_id = environment("MERE_TEST_S3_ACCESS_KEY_ID");
    options.credentials.secret_access_key = environment("MERE_TEST_S3_SECRET_ACCESS_KEY");
    auto store = open_s3_store(options, system_clock(), system_random());
    MERE_CHECK(store.has_value());
    store_ = *std::move(store);
  }
  Store& store() override { return *store_; }
  Address folder() const override { return folder_; }
  bool lists_in_byte_order() const override { return false; }
  bool takes_any_bytes() const override { return false; }
  bool checks_replaced_parts() const override { return false; }
  bool forgets_completed_uploads() const override { return false; }
  std::size_t smallest_part() const override { return 5u << 20; }

 private:
  const Address folder_;
  std::unique_ptr<Store> store_;
};

// What every harness of a service has: a store, and a folder of its own below what is there for tests.
class ServiceHarness : public Harness {
 public:
  ServiceHarness(const std::string& parent, Result<std::unique_ptr<Store>> store)
      : folder_{parent + "/" + random_uuid(system_random())} {
    MERE_CHECK(store.has_value());
    store_ = *std::move(store);
  }
  Store& store() override { return *store_; }
  Address folder() const override { return folder_; }
  bool takes_any_bytes() const override { return false; }

 private:
  const Address folder_;
  std::unique_ptr<Store> store_;
};

// Azurite, which ./dev test starts (tests/support/azure_service.py).
class AzureHarness final : public ServiceHarness {
 public:
  static constexpr const char* kEndpoint = "MERE_TEST_AZURE_ENDPOINT";
  AzureHarness()
      : ServiceHarness("https://" + environment("MERE_TEST_AZURE_ACCOUNT") + ".blob.core.windows.net/" +
                           environment("MERE_TEST_AZURE_CONTAINER"),
                       open_azure_store({.account = environment("MERE_TEST_AZURE_ACCOUNT"),
                                         .access_key = environment("MERE_TEST_AZURE_ACCESS_KEY"),
                                         .endpoint = environment(kEndpoint)},
                                        system_clock(), system_random())) {}
};

// fake-gcs-server, which ./dev test starts (tests/support/gcs_service.py).
class GcsHarness final : public ServiceHarness {
 public:
  static constexpr const char* kEndpoint = "MERE_TEST_GCS_ENDPOINT";
  GcsHarness()
      : ServiceHarness(
            "gs://" + environment("MERE_TEST_GCS_BUCKET"),
            open_gcs_store({.endpoint = environment(kEndpoint),
                            .credentials = {.anonymous = true, .hmac_access_id = "GOOG", .hmac_secret = "s"}},
                           system_clock(), system_random())) {}
  bool takes_line_ends() const override { return false; }
  bool checks_signatures() const override { return false; }
};

struct Driver {
  std::string name;
  std::function<std::unique_ptr<Harness>()> make;
};
std::ostream& operator<<(std::ostream& out, const Driver& driver) {
  return out << driver.name;
}

std::vector<Driver> drivers() {
  std::vector<Driver> all = {
      {"memory", [] { return std::make_unique<MemoryHarness>(); }},
      {"local", [] { return std::make_unique<LocalHarness>(false); }},
      {"local_absolute", [] { return std::make_unique<LocalHarness>(true); }},
      {"set", [] { return std::make_unique<SetHarness>(); }},
  };
  // Services that are there; ./dev test unit fails unless all are.
  if (!environment(S3Harness::kEndpoint).empty())
    all.push_back({"s3", [] { return std::make_unique<S3Harness>(); }});
  if (!environment(AzureHarness::kEndpoint).empty())
    all.push_back({"azure", [] { return std::make_unique<AzureHarness>(); }});
  if (!environment(GcsHarness::kEndpoint).empty())
    all.push_back({"gcs", [] { return std::make_unique<GcsHarness>(); }});
  return all;
}

std::string pattern(std::size_t size_bytes) {
  std::string bytes(size_bytes, '\0');
  for (std::size_t i = 0; i < size_bytes; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

class StoreConformance : public testing::TestWithParam<Driver> {
 protected:
  Address at(std::string_view relative) const { return join(harness_->folder(), relative); }
  void put(const std::string& relative, std::string_view bytes) {
    const Status status = write_all(store_, at(relative), bytes);
    ASSERT_TRUE(status) << status.error().message;
  }
  std::string get(const std::string& relative) const {
    auto bytes = read_all(store_, at(relative), 1u << 28);
    return bytes ? *bytes : "error: " + std::string(name_of(bytes.error().code));
  }
  Code failure_of(const std::string& relative) const {
    auto opened = store_.open(at(relative));
    return opened ? Code::internal : opened.error().code;
  }
  // Relative addresses.
  std::vector<std::string> list(const std::string& relative = "", ListOptions options = {}) const {
    const std::string base = join(harness_->folder(), "").uri;
    const Address folder = relative.empty() ? harness_->folder() : at(relative);
    std::vector<std::string> found;
    const Status status = store_.list(folder, options, [&](const Listed& listed) {
      EXPECT_EQ(listed.is_folder, listed.address.uri.ends_with('/'));
      EXPECT_TRUE(listed.address.uri.starts_with(base)) << listed.address.uri;
      found.push_back(listed.address.uri.substr(base.size()));
      return true;
    });
    EXPECT_TRUE(status) << status.error().message;
    if (!harness_->lists_in_byte_order()) std::sort(found.begin(), found.end());
    return found;
  }
  // The content of a part, as long as it has to be.
  std::string part_of(std::string text) const {
    text.resize(std::max(text.size(), harness_->smallest_part()), '.');
    return text;
  }
  template <class T>
  static Code code_of(const Result<T>& result) {
    return result ? Code::internal : result.error().code;
  }
  // Of an upload that is not there: some services are asked only once the part is whole.
  Code failure_of_part(const std::string& relative, const std::string& id, int number) {
    auto writer = store_.upload_part(at(relative), id, number);
    if (!writer) return writer.error().code;
    EXPECT_TRUE((*writer)->append(bytes_of("part")));
    auto written = (*writer)->finish();
    return written ? Code::internal : written.error().code;
  }
  Part upload(const std::string& relative, const std::string& id, int number, std::string_view bytes) {
    auto writer = store_.upload_part(at(relative), id, number);
    EXPECT_TRUE(writer) << writer.error().message;
    EXPECT_TRUE((*writer)->append(bytes_of(bytes)));
    auto written = (*writer)->finish();
    EXPECT_TRUE(written) << written.error().message;
    return {number, written->size_bytes, written->md5, {}};
  }

  const std::unique_ptr<Harness> harness_ = GetParam().make();
  Store& store_ = harness_->store();
};

INSTANTIATE_TEST_SUITE_P(Drivers, StoreConformance, testing::ValuesIn(drivers()),
                         [](const auto& driver) { return driver.param.name; });

TEST_P(StoreConformance, ReadsBackWhatWasWritten) {
  for (const std::size_t size : {0u, 1u, 1024u, 65'535u, 65'536u, 65'537u, 3'000'001u}) {
    const std::string bytes = pattern(size);

    put("object", bytes);

    EXPECT_EQ(get("object"), bytes) << size;
    EXPECT_EQ(store_.stat(at("object"))->size_bytes, size);
  }
}

TEST_P(StoreConformance, TakesBytesInPiecesOfAnySize) {
  const std::string bytes = pattern(1'000'000);
  auto writer = *store_.create(at("object"), {});

  std::size_t piece = 1;
  for (std::size_t offset = 0; offset < bytes.size(); offset += piece, piece = piece * 3 % 200'003 + 1)
    ASSERT_TRUE(writer->append(bytes_of(std::string_view(bytes).substr(offset, piece))));
  auto written = writer->finish();

  ASSERT_TRUE(written);
  EXPECT_EQ(written->size_bytes, bytes.size());
  EXPECT_EQ(written->md5, to_hex(md5(bytes)));
  EXPECT_EQ(get("object"), bytes);
}

TEST_P(StoreConformance, LetsGoOfSharedBytesButTheLast) {
  const std::string bytes = pattern(3'000'000);
  auto writer = *store_.create(at("object"), {});

  std::weak_ptr<const std::string> before;
  std::size_t piece = 7;
  for (std::size_t offset = 0; offset < bytes.size(); offset += piece, piece = piece * 3 % 400'009 + 1) {
    const auto part = std::make_shared<const std::string>(bytes.substr(offset, piece));
    // What has no owner may come between.
    const Status appended =
        piece % 5 == 0 ? writer->append(bytes_of(*part)) : writer->append_shared({part, bytes_of(*part)});
    ASSERT_TRUE(appended);
    EXPECT_TRUE(before.expired());
    before = part;
  }
  auto written = writer->finish();

  ASSERT_TRUE(written);
  EXPECT_EQ(written->md5, to_hex(md5(bytes)));
  EXPECT_EQ(get("object"), bytes);
}

TEST_P(StoreConformance, AnswersNoDigestThatNobodyAskedFor) {
  auto writer = *store_.create(at("object"), {.md5 = false});
  ASSERT_TRUE(writer->append(bytes_of("text")));

  auto written = writer->finish();

  ASSERT_TRUE(written);
  EXPECT_EQ(written->md5, "");
  EXPECT_EQ(written->size_bytes, 4u);
}

TEST_P(StoreConformance, TakesAWrongExpectedSizeForTheHintItIs) {
  for (const std::uint64_t expected : {0u, 10u, 3u << 20}) {
    WriteOptions options;
    options.expected_size_bytes = expected;
    auto writer = *store_.create(at("object"), options);
    ASSERT_TRUE(writer->append(bytes_of(pattern(2'000'000))));

    ASSERT_TRUE(writer->finish());

    EXPECT_EQ(get("object"), pattern(2'000'000));
  }
}

TEST_P(StoreConformance, ReadsAnyRange) {
  put("object", "0123456789");
  auto reader = *store_.open(at("object"));
  auto read = [&](std::uint64_t offset, std::size_t size) {
    std::string into(size, '?');
    auto count = reader->read_at(offset, std::as_writable_bytes(std::span(into)));
    return count ? into.substr(0, *count) : "error";
  };

  EXPECT_EQ(read(0, 10), "0123456789");
  EXPECT_EQ(read(3, 4), "3456");
  EXPECT_EQ(read(8, 10), "89");
  EXPECT_EQ(read(10, 10), "");
  EXPECT_EQ(read(std::numeric_limits<std::uint64_t>::max(), 10), "");
  EXPECT_EQ(read(4, 0), "");
  EXPECT_EQ(reader->properties().size_bytes, 10u);
}

TEST_P(StoreConformance, KnowsAnETagOnlyIfItIsTheDigest) {
  put("object", "text");

  auto properties = *store_.stat(at("object"));

  if (!properties.etag.empty()) {
    EXPECT_EQ(properties.etag, to_hex(md5("text")));
  }
  EXPECT_EQ((*store_.open(at("object")))->properties().etag, properties.etag);
}

TEST_P(StoreConformance, TellsWhenAnObjectWasWritten) {
  const Timestamp before = system_clock().now() + std::chrono::seconds(-5);

  put("object", "text");

  EXPECT_GT(store_.stat(at("object"))->last_modified, before);
  EXPECT_LT(store_.stat(at("object"))->last_modified, before + std::chrono::seconds(60));
}

TEST_P(StoreConformance, FindsNothingWhereNothingWasWritten) {
  put("folder/object", "text");

  EXPECT_EQ(failure_of("missing"), Code::not_found);
  EXPECT_EQ(failure_of("folder"), Code::not_found);
  EXPECT_EQ(failure_of("folder/object/below"), Code::not_found);
  EXPECT_EQ(store_.stat(at("missing")).error().code, Code::not_found);
  EXPECT_EQ(store_.stat(at("folder")).error().code, Code::not_found);
}

TEST_P(StoreConformance, ShowsNothingBeforeAWriterFinishes) {
  auto writer = *store_.create(at("folder/object"), {});
  ASSERT_TRUE(writer->append(bytes_of(pattern(1'000'000))));

  EXPECT_EQ(failure_of("folder/object"), Code::not_found);
  EXPECT_THAT(list(), IsEmpty());

  ASSERT_TRUE(writer->finish());
  EXPECT_THAT(list(), ElementsAre("folder/object"));
}

TEST_P(StoreConformance, LeavesNothingOfAWriterThatIsGivenUp) {
  put("kept", "old");
  for (const char* name : {"object", "kept"}) {
    auto writer = *store_.create(at(name), {});
    ASSERT_TRUE(writer->append(bytes_of(pattern(1'000'000))));
  }

  EXPECT_EQ(failure_of("object"), Code::not_found);
  EXPECT_EQ(get("kept"), "old");
  EXPECT_THAT(list(), ElementsAre("kept"));
}

TEST_P(StoreConformance, ReplacesAnObjectWhole) {
  put("object", pattern(100'000));

  put("object", "short");

  EXPECT_EQ(get("object"), "short");
  EXPECT_EQ(store_.stat(at("object"))->size_bytes, 5u);
}

TEST_P(StoreConformance, AReaderKeepsItsBytesWhenTheObjectIsReplacedOrRemoved) {
  put("replaced", "old bytes");
  put("removed", "old bytes");
  auto replaced = *store_.open(at("replaced"));
  auto removed = *store_.open(at("removed"));

  put("replaced", "new");
  ASSERT_TRUE(store_.remove(at("removed")));

  for (const auto* reader : {&replaced, &removed}) {
    std::string into(20, '?');
    auto count = (*reader)->read_at(0, std::as_writable_bytes(std::span(into)));
    ASSERT_TRUE(count);
    EXPECT_EQ(into.substr(0, *count), "old bytes");
  }
}

TEST_P(StoreConformance, RefusesToReplaceWhatMustBeAbsent) {
  put("object", "first");
  auto writer = *store_.create(at("object"), {.must_be_absent = true});
  ASSERT_TRUE(writer->append(bytes_of("second")));

  auto written = writer->finish();

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::already_exists);
  writer.reset();
  EXPECT_EQ(get("object"), "first");
  EXPECT_THAT(list(), ElementsAre("object"));
}

TEST_P(StoreConformance, OneOfManyWritersWinsAnAbsentAddress) {
  for (int round = 0; round < 5; ++round) {
    const std::string name = "race/" + std::to_string(round);
    std::atomic<int> winners{0};
    std::atomic<int> losers{0};
    std::string winner;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i)
      threads.emplace_back([&, i] {
        const std::string bytes = "writer " + std::to_string(i);
        const Status status = write_all(store_, at(name), bytes, {.must_be_absent = true});
        if (status && ++winners == 1) winner = bytes;
        if (!status && status.error().code == Code::already_exists) ++losers;
      });
    threads.clear();

    EXPECT_EQ(winners, 1);
    EXPECT_EQ(losers, 15);
    EXPECT_EQ(get(name), winner);
  }
}

TEST_P(StoreConformance, ConcurrentWritersOfOneAddressLeaveOneWholeObject) {
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  put("object", std::string(10'000, 'a'));
  std::jthread reader([&] {
    while (!done) {
      const std::string bytes = get("object");
      if (bytes != std::string(10'000, bytes.front())) ++wrong;
    }
  });
  std::vector<std::jthread> writers;
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([&, i] {
      for (int n = 0; n < 20; ++n)
        if (!write_all(store_, at("object"), std::string(10'000, static_cast<char>('b' + i)))) ++wrong;
    });

  writers.clear();
  done = true;
  reader.join();

  EXPECT_EQ(wrong, 0);
  EXPECT_THAT(list(), ElementsAre("object"));
}

TEST_P(StoreConformance, RemovesAnObjectAndIsContentWithoutOne) {
  put("folder/object", "text");

  EXPECT_TRUE(store_.remove(at("folder/object")));
  EXPECT_TRUE(store_.remove(at("folder/object")));
  EXPECT_TRUE(store_.remove(at("never/was/here")));

  EXPECT_EQ(failure_of("folder/object"), Code::not_found);
  EXPECT_THAT(list(), IsEmpty());
}

TEST_P(StoreConformance, RemovingSparesNeighbours) {
  put("folder/a", "a");
  put("folder/b/c", "c");

  ASSERT_TRUE(store_.remove(at("folder/a")));
  ASSERT_TRUE(store_.remove(at("folder/b")));  // a folder is not an object

  EXPECT_THAT(list(), ElementsAre("folder/b/c"));
}

TEST_P(StoreConformance, FoldersComeAndGoUnderConcurrentWritesAndRemovals) {
  std::atomic<int> failures{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      const Address mine = at("x/y/" + std::to_string(i));
      for (int n = 0; n < 50; ++n) {
        const Status written = write_all(store_, mine, "text");
        EXPECT_TRUE(written) << written.error().message;
        if (!store_.stat(mine)) ++failures;
        if (!store_.remove(mine)) ++failures;
      }
    });
  threads.clear();

  EXPECT_EQ(failures, 0);
  EXPECT_THAT(list(), IsEmpty());
}

TEST_P(StoreConformance, NamesMayHoldWhatPathsMay) {
  std::vector<std::string> names = {"a b", "a%2Fb", "a+b", "a?b#c", ".hidden", "ünïcödé", "..."};
  if (harness_->takes_line_ends()) names.push_back("a\nb");
  if (harness_->takes_any_bytes()) names.push_back("\xff\xfe");
  for (const std::string& name : names) put("odd/" + name, name);

  for (const std::string& name : names) EXPECT_EQ(get("odd/" + name), name);
  std::vector<std::string> sorted;
  for (const std::string& name : names) sorted.push_back("odd/" + name);
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(list(), sorted);
}

TEST_P(StoreConformance, CopiesBytesToAnotherAddress) {
  for (const std::size_t size : {0u, 5u, 9'000'000u}) {
    const std::string bytes = pattern(size);
    put("from", bytes);

    auto copied = store_.copy(at("from"), at("deep/er/to"));

    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_EQ(copied->size_bytes, size);
    put("from", "changed");
    EXPECT_EQ(get("deep/er/to"), bytes);
  }
}

TEST_P(StoreConformance, CopyReplacesAndCannotCopyWhatIsNotThere) {
  put("from", "new");
  put("to", "something old");

  ASSERT_TRUE(store_.copy(at("from"), at("to")));
  auto missing = store_.copy(at("missing"), at("to"));

  EXPECT_EQ(get("to"), "new");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
}

TEST_P(StoreConformance, AnObjectCanBeCopiedOntoItself) {
  put("object", "text");

  ASSERT_TRUE(store_.copy(at("object"), at("object")));

  EXPECT_EQ(get("object"), "text");
}

TEST_P(StoreConformance, ListsInByteOrderOfWholeAddresses) {
  for (const char* name : {"a/b/c", "a-b", "a0", "a/b-c", "a/b.d/x", "b", "a/b/c.d", "Z", "a/b0", "a./x"})
    put(name, "x");

  EXPECT_THAT(list(),
              ElementsAre("Z", "a-b", "a./x", "a/b-c", "a/b.d/x", "a/b/c", "a/b/c.d", "a/b0", "a0", "b"));
}

TEST_P(StoreConformance, ListsAFolderAndNotItsNeighbours) {
  for (const char* name : {"a/1", "a/2/3", "ab/1", "a-/1", "b"}) put(name, "x");

  EXPECT_THAT(list("a"), ElementsAre("a/1", "a/2/3"));
  EXPECT_THAT(list("a/"), ElementsAre("a/1", "a/2/3"));
  EXPECT_THAT(list("missing"), IsEmpty());
  EXPECT_THAT(list("missing/deeper/"), IsEmpty());
  EXPECT_THAT(list("b"), IsEmpty());  // an object
}

TEST_P(StoreConformance, ListsPropertiesWithObjects) {
  put("object", "12345");

  std::vector<Listed> found;
  ASSERT_TRUE(store_.list(harness_->folder(), {}, [&](const Listed& listed) {
    found.push_back(listed);
    return true;
  }));

  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].address, at("object"));
  EXPECT_EQ(found[0].properties.size_bytes, 5u);
  EXPECT_EQ(found[0].properties.last_modified, store_.stat(at("object"))->last_modified);
}

TEST_P(StoreConformance, ListsOneLevelWithADelimiter) {
  for (const char* name : {"a/1", "a/2/3", "a-b", "b", "c/1"}) put(name, "x");

  EXPECT_THAT(list("", {.delimited = true}), ElementsAre("a-b", "a/", "b", "c/"));
  EXPECT_THAT(list("a", {.delimited = true}), ElementsAre("a/1", "a/2/"));
}

TEST_P(StoreConformance, ForgetsAFolderWithItsLastObject) {
  put("a/b/1", "x");
  put("c", "x");

  ASSERT_TRUE(store_.remove(at("a/b/1")));

  if (harness_->lists_in_byte_order()) {
    EXPECT_THAT(list("", {.delimited = true}), ElementsAre("c"));
  }
  put("a/b/1", "again");
  EXPECT_EQ(get("a/b/1"), "again");
}

TEST_P(StoreConformance, ListsOnBehindAnAddress) {
  for (const char* name : {"a/1", "a/2", "a/3/4", "b", "c/1"}) put(name, "x");
  auto behind = [&](const std::string& after, bool delimited) {
    return list("", {.delimited = delimited, .after = at(after).uri});
  };

  EXPECT_THAT(behind("a/2", false), ElementsAre("a/3/4", "b", "c/1"));
  EXPECT_THAT(behind("a/3/", false), ElementsAre("a/3/4", "b", "c/1"));
  EXPECT_THAT(behind("a/3/4", false), ElementsAre("b", "c/1"));
  EXPECT_THAT(behind("a0", false), ElementsAre("b", "c/1"));
  EXPECT_THAT(behind("c/1", false), IsEmpty());
  if (harness_->lists_in_byte_order()) {
    EXPECT_THAT(behind("a", true), ElementsAre("a/", "b", "c/"));
    EXPECT_THAT(behind("a/", true), ElementsAre("b", "c/"));
    EXPECT_THAT(behind("a/2", true), ElementsAre("b", "c/"));
  }
  EXPECT_THAT(list("", {.after = "a"}), ElementsAre("a/1", "a/2", "a/3/4", "b", "c/1"));
  EXPECT_THAT(list("", {.after = "zzz"}), IsEmpty());
  EXPECT_THAT(list("a", {.after = at("b").uri}), IsEmpty());
  EXPECT_THAT(list("a", {.after = at("0").uri}), ElementsAre("a/1", "a/2", "a/3/4"));
}

TEST_P(StoreConformance, StopsListingWhenTheVisitorHasEnough) {
  for (int i = 0; i < 10; ++i) put("folder/" + std::to_string(i), "x");
  int visited = 0;

  ASSERT_TRUE(store_.list(harness_->folder(), {}, [&](const Listed&) { return ++visited < 3; }));

  EXPECT_EQ(visited, 3);
}

TEST_P(StoreConformance, AVisitorMayUseTheStore) {
  for (int i = 0; i < 10; ++i) put("folder/" + std::to_string(i), "x");

  ASSERT_TRUE(store_.list(harness_->folder(), {}, [&](const Listed& listed) {
    EXPECT_TRUE(store_.remove(listed.address));
    return true;
  }));

  EXPECT_THAT(list(), IsEmpty());
}

// Any set of objects, listed in any way, is what a sorted set says.
TEST_P(StoreConformance, ListsAsASortedSetWould) {
  rc::check([&] {
    const std::unique_ptr<Harness> harness = GetParam().make();
    const auto text = rc::gen::container<std::string>(rc::gen::element('a', 'b', '-', '0', '.', '/'));
    const auto names =
        *rc::gen::resize(15, rc::gen::container<std::vector<std::string>>(rc::gen::resize(12, text)));
    std::set<std::string> objects;
    for (const std::string& name : names) {
      std::string path;
      std::stringstream components(name);
      for (std::string component; std::getline(components, component, '/');)
        if (component.find_first_not_of('.') != std::string::npos)
          path += (path.empty() ? "" : "/") + component;
      if (path.empty()) continue;
      // On a disk, an object has nothing below it.
      const bool clashes = std::any_of(objects.begin(), objects.end(), [&](const std::string& other) {
        return other.starts_with(path + "/") || path.starts_with(other + "/");
      });
      if (clashes) continue;
      objects.insert(path);
      RC_ASSERT(write_all(harness->store(), join(harness->folder(), path), "x").has_value());
    }
    const bool delimited = *rc::gen::arbitrary<bool>();
    const std::string base = harness->folder().uri + "/";
    const bool ordered = harness->lists_in_byte_order();
    const std::string after = ordered ? *rc::gen::resize(6, text) : "";
    std::vector<std::string> expected;
    for (const std::string& object : objects) {
      const std::size_t slash = delimited ? object.find('/') : std::string::npos;
      const std::string shown = slash == std::string::npos ? object : object.substr(0, slash + 1);
      if (base + shown > base + after && (expected.empty() || expected.back() != shown))
        expected.push_back(shown);
    }

    std::vector<std::string> found;
    RC_ASSERT(harness->store()
                  .list(harness->folder(), {.delimited = delimited, .after = base + after},
                        [&](const Listed& listed) {
                          found.push_back(listed.address.uri.substr(base.size()));
                          return true;
                        })
                  .has_value());

    if (!ordered) std::sort(found.begin(), found.end());
    RC_ASSERT(found == expected);
  });
}

TEST_P(StoreConformance, AssemblesPartsUploadedInAnyOrder) {
  const std::string id = *store_.begin_upload(at("big/object"));
  const Part third = upload("big/object", id, 30, "three");
  const Part first = upload("big/object", id, 1, pattern(6'000'000));
  const Part second = upload("big/object", id, 2, part_of(""));
  EXPECT_EQ(failure_of("big/object"), Code::not_found);
  EXPECT_THAT(list(), IsEmpty());

  auto completed = store_.complete_upload(at("big/object"), id, std::vector{first, second, third});

  ASSERT_TRUE(completed) << completed.error().message;
  const std::string whole = pattern(6'000'000) + part_of("") + "three";
  EXPECT_TRUE(get("big/object") == whole);
  EXPECT_EQ(completed->size_bytes, whole.size());
  EXPECT_EQ(completed->etag, to_hex(md5(md5(pattern(6'000'000)) + md5(part_of("")) + md5("three"))) + "-3");
  EXPECT_THAT(list(), ElementsAre("big/object"));
}

TEST_P(StoreConformance, CompletesWithThePartsThatAreNamed) {
  put("object", "what was there before");
  const std::string id = *store_.begin_upload(at("object"));
  upload("object", id, 1, "left out");
  const Part second = upload("object", id, 2, "taken");

  auto completed = store_.complete_upload(at("object"), id, std::vector{second});

  ASSERT_TRUE(completed);
  EXPECT_EQ(completed->etag, to_hex(md5(md5("taken"))) + "-1");
  EXPECT_EQ(get("object"), "taken");
}

TEST_P(StoreConformance, APartUploadedAgainReplacesTheFirst) {
  const std::string id = *store_.begin_upload(at("object"));
  const Part old = upload("object", id, 1, part_of("old"));
  const Part other = upload("object", id, 2, "other");
  const Part replaced = upload("object", id, 1, part_of("newer"));

  auto parts = store_.list_parts(at("object"), id);
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2u);
  if (harness_->checks_replaced_parts()) {
    EXPECT_EQ((*parts)[0].etag, to_hex(md5(part_of("newer"))));
    EXPECT_EQ(code_of(store_.complete_upload(at("object"), id, std::vector{old, other})),
              Code::invalid_argument);
  }
  auto completed = store_.complete_upload(at("object"), id, std::vector{replaced, other});

  ASSERT_TRUE(completed) << completed.error().message;
  EXPECT_TRUE(get("object") == part_of("newer") + "other");
}

TEST_P(StoreConformance, ListsPartsByNumber) {
  const std::string id = *store_.begin_upload(at("object"));
  upload("object", id, 10000, "last");
  upload("object", id, 7, "seven");

  auto parts = store_.list_parts(at("object"), id);

  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].number, 7);
  EXPECT_EQ((*parts)[0].size_bytes, 5u);
  EXPECT_EQ((*parts)[0].etag, to_hex(md5("seven")));
  EXPECT_GT((*parts)[0].last_modified, Timestamp{});
  EXPECT_EQ((*parts)[1].number, 10000);
}

TEST_P(StoreConformance, PartsMayBeUploadedInParallel) {
  const std::string id = *store_.begin_upload(at("object"));
  const std::size_t size = std::max<std::size_t>(1000, harness_->smallest_part());
  const std::size_t count = size > 1000 ? 4 : 16;
  std::vector<Part> parts(count);
  std::vector<std::jthread> threads;
  for (int i = 0; i < static_cast<int>(count); ++i)
    threads.emplace_back(
        [&, i] { parts[i] = upload("object", id, i + 1, std::string(size, static_cast<char>('a' + i))); });
  threads.clear();

  ASSERT_TRUE(store_.complete_upload(at("object"), id, parts));

  const std::string bytes = get("object");
  ASSERT_EQ(bytes.size(), count * size);
  for (std::size_t i = 0; i < count; ++i)
    ASSERT_TRUE(bytes.substr(i * size, size) == std::string(size, static_cast<char>('a' + i)));
}

TEST_P(StoreConformance, OnePartUploadedInParallelIsOneOfThem) {
  const std::string id = *store_.begin_upload(at("object"));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] { upload("object", id, 1, std::string(100, static_cast<char>('a' + i))); });
  threads.clear();

  auto parts = store_.list_parts(at("object"), id);
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 1u);
  ASSERT_TRUE(store_.complete_upload(at("object"), id, *parts));

  EXPECT_EQ(to_hex(md5(get("object"))), (*parts)[0].etag);
}

TEST_P(StoreConformance, RefusesPartsThatDoNotMakeAnObject) {
  const std::string id = *store_.begin_upload(at("object"));
  const Part first = upload("object", id, 1, part_of("one"));
  const Part second = upload("object", id, 2, "two");
  auto code = [&](std::vector<Part> parts) {
    auto completed = store_.complete_upload(at("object"), id, parts);
    return completed ? Code::internal : completed.error().code;
  };

  EXPECT_EQ(code({}), Code::invalid_argument);
  EXPECT_EQ(code({second, first}), Code::invalid_argument);
  EXPECT_EQ(code({first, first}), Code::invalid_argument);
  EXPECT_EQ(code({first, {3, 0, first.etag, {}}}), Code::invalid_argument);
  EXPECT_EQ(code({{1, 0, second.etag, {}}}), Code::invalid_argument);
  EXPECT_EQ(code({{1, 0, "", {}}}), Code::invalid_argument);
  EXPECT_EQ(store_.upload_part(at("object"), id, 0).error().code, Code::invalid_argument);
  EXPECT_EQ(store_.upload_part(at("object"), id, 10001).error().code, Code::invalid_argument);

  EXPECT_EQ(failure_of("object"), Code::not_found);
  EXPECT_TRUE(store_.complete_upload(at("object"), id, std::vector{first, second}));
}

TEST_P(StoreConformance, KnowsAnUploadByItsIdAndItsAddress) {
  const std::string id = *store_.begin_upload(at("object"));
  const Part part = upload("object", id, 1, "one");
  for (const std::string& wrong :
       {std::string(), std::string("../.."), std::string("nonsense"), id + "0", std::string(32, '0')}) {
    EXPECT_EQ(failure_of_part("object", wrong, 1), Code::not_found) << wrong;
    EXPECT_EQ(store_.list_parts(at("object"), wrong).error().code, Code::not_found);
    EXPECT_EQ(store_.complete_upload(at("object"), wrong, std::vector{part}).error().code, Code::not_found);
    EXPECT_TRUE(store_.abort_upload(at("object"), wrong));
  }

  EXPECT_EQ(failure_of_part("other", id, 1), Code::not_found);
  EXPECT_EQ(store_.complete_upload(at("other"), id, std::vector{part}).error().code, Code::not_found);
  EXPECT_TRUE(store_.abort_upload(at("other"), id));

  EXPECT_TRUE(store_.complete_upload(at("object"), id, std::vector{part}));
}

TEST_P(StoreConformance, AnUploadEndsOnce) {
  const std::string aborted = *store_.begin_upload(at("object"));
  const Part part = upload("object", aborted, 1, "one");
  auto late = *store_.upload_part(at("object"), aborted, 2);
  ASSERT_TRUE(late->append(bytes_of("late")));
  const std::string completed = *store_.begin_upload(at("object"));
  const Part same = upload("object", completed, 1, "one");

  EXPECT_TRUE(store_.abort_upload(at("object"), aborted));
  EXPECT_TRUE(store_.abort_upload(at("object"), aborted));
  EXPECT_TRUE(store_.complete_upload(at("object"), completed, std::vector{same}));

  EXPECT_EQ(code_of(late->finish()), Code::not_found);
  EXPECT_EQ(code_of(store_.complete_upload(at("object"), aborted, std::vector{part})), Code::not_found);
  EXPECT_EQ(code_of(store_.list_parts(at("object"), aborted)), Code::not_found);
  EXPECT_EQ(failure_of_part("object", completed, 1), Code::not_found);
  if (harness_->forgets_completed_uploads()) {
    EXPECT_EQ(code_of(store_.complete_upload(at("object"), completed, std::vector{same})), Code::not_found);
  }
  EXPECT_TRUE(store_.abort_upload(at("object"), completed));
  EXPECT_EQ(get("object"), "one");
}

TEST_P(StoreConformance, RefusesAddressesOfOtherStores) {
  for (const char* uri : {"", "other://bucket/object", "/etc/passwd", "://", "object"}) {
    const Address address{uri, harness_->folder().storage_id};

    EXPECT_EQ(store_.check(address).error().code, Code::invalid_argument) << uri;
    EXPECT_EQ(store_.open(address).error().code, Code::invalid_argument);
    EXPECT_EQ(store_.stat(address).error().code, Code::invalid_argument);
    EXPECT_EQ(store_.create(address, {}).error().code, Code::invalid_argument);
    EXPECT_EQ(store_.remove(address).error().code, Code::invalid_argument);
    EXPECT_EQ(store_.copy(address, at("to")).error().code, Code::invalid_argument);
    EXPECT_EQ(store_.list(address, {}, [](const Listed&) { return true; }).error().code,
              Code::invalid_argument);
    EXPECT_EQ(store_.begin_upload(address).error().code, Code::invalid_argument);
  }
}

TEST_P(StoreConformance, AFolderIsNoAddressOfAnObject) {
  EXPECT_TRUE(store_.check(at("folder/")));

  EXPECT_EQ(store_.create(at("folder/"), {}).error().code, Code::invalid_argument);
  EXPECT_EQ(store_.open(at("folder/")).error().code, Code::invalid_argument);
}

TEST_P(StoreConformance, SaysWhatItCanDo) {
  const Capabilities can = store_.capabilities(harness_->folder().storage_id);

  EXPECT_FALSE(can.type.empty());
  EXPECT_EQ(scheme_of(harness_->folder()), can.scheme);
  EXPECT_TRUE(std::regex_search(harness_->folder().uri, std::regex(can.namespace_regex)));
  EXPECT_TRUE(std::regex_search(can.namespace_example, std::regex(can.namespace_regex)));
  EXPECT_TRUE(can.namespace_example.starts_with(can.scheme + "://"));
  EXPECT_TRUE(store_.check(harness_->folder()));
  EXPECT_TRUE(store_.display(at("object")).starts_with(can.scheme + "://"));
  const auto url = store_.presign(at("object"), {PresignMethod::get, std::chrono::seconds(60)});
  EXPECT_EQ(url.has_value(), can.presign);
  if (!url) {
    EXPECT_EQ(url.error().code, Code::not_implemented);
  }
}

// What anybody gets who has the URL: status and body.
std::pair<int, std::string> fetch(const std::string& method, const std::string& url, const std::string& bytes,
                                  std::string* etag = nullptr) {
  const std::unique_ptr<http::Client> client = http::testing::make_client();
  BlockingExecutor executor;
  const std::size_t path = url.find('/', url.find("://") + 3);
  const std::size_t query = url.find('?', path);
  http::Request request;
  request.method = method;
  request.path = url.substr(path, query - path);
  request.query = url.substr(query + 1);
  request.executor = &executor;
  if (method == "PUT") {
    request.headers.add("x-ms-blob-type", "BlockBlob");  // Azure's own wish
    request.content_length = bytes.size();
    request.body = http::make_string_body(bytes);
  }
  auto sent = executor.run(client->send(url.substr(0, path), std::move(request), {}));
  auto* response = std::get_if<http::Response>(&sent);
  if (response == nullptr) return {0, std::get<http::SendError>(sent).error.message};
  if (etag != nullptr) *etag = std::string(response->headers.get("ETag"));
  if (auto* stream = std::get_if<http::StreamBody>(&response->body)) {
    auto body = executor.run(http::read_all(stream->reader.get(), 1u << 20));
    return {response->status, body ? *body : "error: " + body.error().message};
  }
  auto* text = std::get_if<std::string>(&response->body);
  return {response->status, text ? *text : std::string()};
}

TEST_P(StoreConformance, APresignedUrlIsAllItTakes) {
  if (!store_.capabilities(harness_->folder().storage_id).presign)
    return;  // SaysWhatItCanDo looks after that
  put("a b/ü", "bytes");
  const auto presigned = [&](const std::string& name, PresignMethod method) {
    auto url = store_.presign(at(name), {.method = method, .expiry = std::chrono::seconds(60)});
    EXPECT_TRUE(url) << url.error().message;
    return url ? *url : std::string("http://127.0.0.1:1/?");
  };

  const auto read = fetch("GET", presigned("a b/ü", PresignMethod::get), "");
  const auto written = fetch("PUT", presigned("new/object", PresignMethod::put), "written by URL");
  const auto missing = fetch("GET", presigned("missing", PresignMethod::get), "");

  EXPECT_EQ(read, (std::pair<int, std::string>{200, "bytes"}));
  EXPECT_TRUE(written.first == 200 || written.first == 201) << written.second;
  EXPECT_EQ(get("new/object"), "written by URL");
  EXPECT_EQ(missing.first, 404) << missing.second;
}

TEST_P(StoreConformance, PartsPutByPresignedUrlsMakeAnObject) {
  if (!store_.capabilities(harness_->folder().storage_id).presign_multipart) return;
  const Address address = at("in parts");
  const std::string id = *store_.begin_upload(address);
  const std::string bytes[] = {std::string(5u << 20, 'a'), "the last"};
  std::vector<Part> parts;

  for (int number = 1; number <= 2; ++number) {
    const std::string& text = bytes[number - 1];
    const std::string url = *store_.presign(address, {.method = PresignMethod::put,
                                                      .expiry = std::chrono::seconds(60),
                                                      .upload_id = id,
                                                      .part_number = number});
    std::string etag;
    const auto [status, answer] = fetch("PUT", url, text, &etag);
    ASSERT_TRUE(status == 200 || status == 201) << answer;
    std::erase(etag, '"');
    if (etag.empty()) etag = to_hex(md5(text));  // Google's is that; its emulator sends none, nor does Azure
    parts.push_back({number, text.size(), etag, {}});
  }
  const auto whole = store_.complete_upload(address, id, parts);

  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->size_bytes, bytes[0].size() + bytes[1].size());
  EXPECT_EQ(get("in parts"), bytes[0] + bytes[1]);
}

TEST_P(StoreConformance, APartPutAgainByItsUrlReplacesTheFirst) {
  if (!store_.capabilities(harness_->folder().storage_id).presign_multipart ||
      !harness_->checks_replaced_parts()) {
    return;
  }
  const Address address = at("replaced by url");
  const std::string id = *store_.begin_upload(address);
  for (const char* text : {"first", "the second"}) {
    const auto [status, answer] = fetch("PUT",
                                        *store_.presign(address, {.method = PresignMethod::put,
                                                                  .expiry = std::chrono::seconds(60),
                                                                  .upload_id = id,
                                                                  .part_number = 7}),
                                        text);
    ASSERT_TRUE(status == 200 || status == 201) << answer;
  }

  const auto parts = store_.list_parts(address, id);
  ASSERT_TRUE(parts) << parts.error().message;
  const auto whole = store_.complete_upload(address, id, *parts);

  ASSERT_TRUE(whole) << whole.error().message;
  ASSERT_EQ(parts->size(), 1u);
  EXPECT_EQ(parts->front().number, 7);
  EXPECT_EQ(parts->front().size_bytes, 10u);
  EXPECT_EQ(get("replaced by url"), "the second");
  EXPECT_EQ(code_of(store_.complete_upload(address, id, *parts)), Code::not_found);
}

TEST_P(StoreConformance, APartThatNobodyPutByItsUrlIsMissing) {
  if (!store_.capabilities(harness_->folder().storage_id).presign_multipart) return;
  const Address address = at("missing part");
  const std::string id = *store_.begin_upload(address);
  const std::string text = part_of("there");
  const auto [status, answer] = fetch("PUT",
                                      *store_.presign(address, {.method = PresignMethod::put,
                                                                .expiry = std::chrono::seconds(60),
                                                                .upload_id = id,
                                                                .part_number = 1}),
                                      text);
  ASSERT_TRUE(status == 200 || status == 201) << answer;
  std::vector<Part> parts = *store_.list_parts(address, id);
  ASSERT_EQ(parts.size(), 1u);
  parts.push_back({2, 0, parts[0].etag, {}});

  EXPECT_EQ(code_of(store_.complete_upload(address, id, parts)), Code::invalid_argument);
  parts.pop_back();
  ASSERT_TRUE(store_.complete_upload(address, id, parts));
  EXPECT_EQ(get("missing part"), text);
}

TEST_P(StoreConformance, APresignedUrlIsForOneAddressAndOneMethod) {
  if (!store_.capabilities(harness_->folder().storage_id).presign || !harness_->checks_signatures()) return;
  put("one", "1");
  put("two", "2");
  std::string url =
      *store_.presign(at("one"), {.method = PresignMethod::get, .expiry = std::chrono::seconds(60)});
  std::string other = url;
  other.replace(other.find("/one?"), 5, "/two?");

  EXPECT_EQ(fetch("GET", url, "").first, 200);
  EXPECT_EQ(fetch("GET", other, "").first, 403);
  EXPECT_EQ(fetch("PUT", url, "x").first, 403);
  EXPECT_EQ(get("one"), "1");
}

TEST_P(StoreConformance, WholeObjectsAreReadUpToALimit) {
  put("object", "12345");

  EXPECT_EQ(*read_all(store_, at("object"), 5), "12345");
  EXPECT_EQ(read_all(store_, at("object"), 4).error().code, Code::too_large);
  EXPECT_EQ(read_all(store_, at("missing"), 4).error().code, Code::not_found);
}

TEST_P(StoreConformance, DigestsWhatIsThere) {
  put("object", pattern(3'000'000));
  put("empty", "");

  EXPECT_EQ(*content_md5(store_, at("object")), to_hex(md5(pattern(3'000'000))));
  EXPECT_EQ(*content_md5(store_, at("empty")), to_hex(md5("")));
  EXPECT_EQ(content_md5(store_, at("missing")).error().code, Code::not_found);
}

TEST(Address, JoinsWithOneSlash) {
  EXPECT_EQ(join({"local://lake"}, "data/x").uri, "local://lake/data/x");
  EXPECT_EQ(join({"local://lake/"}, "data/x").uri, "local://lake/data/x");
  EXPECT_EQ(join({"local://"}, "lake").uri, "local://lake");
}

TEST(Address, HasASchemeOrNone) {
  EXPECT_EQ(scheme_of({"s3://bucket/key"}), "s3");
  EXPECT_EQ(scheme_of({"bucket/key"}), "");
}

}  // namespace
}  // namespace mere::block
