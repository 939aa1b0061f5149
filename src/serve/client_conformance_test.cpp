// The C++ client against a real lake, in-process and over HTTP: the same suite, the same results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "client/file_system.h"
#include "client/lake.h"
#include "serve/local_access.h"
#include "serve/local_lake.h"

namespace mere::serve {
namespace {

using client::Branch;
using client::Lake;
using client::Repository;
using testing::ElementsAre;
using testing::HasSubstr;

#define ASSERT_OK(expression)                                                                    \
  do {                                                                                           \
    const auto& outcome_ = (expression);                                                         \
    ASSERT_TRUE(outcome_) << name_of(outcome_.error().code) << ": " << outcome_.error().message; \
  } while (false)

class ClientConformance : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "client-conformance-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    if (GetParam()) {
      serve();
    } else {
      const auto opened = open_lake(folder_ + "/lake");
      ASSERT_OK(opened);
      lake_.emplace(*opened);
    }
    const auto made = lake_->create_repository("prices");
    ASSERT_OK(made);
    repository_.emplace(*made);
    main_.emplace(repository_->branch("main"));
  }

  void TearDown() override {
    main_.reset();
    repository_.reset();
    lake_.reset();
    if (server_) {
      server_->program->stop();
      thread_.join();
      server_.reset();
    }
    std::filesystem::remove_all(folder_);
  }

  void serve() {
    Config config;
    config.data_dir = folder_ + "/lake";
    config.listen_address = "127.0.0.1:0";
    config.blockstore.import_enabled = true;
    config.blockstore.allowed_external_prefixes = {folder_};
    auto opened = open_local_lake(config, true);
    ASSERT_OK(opened);
    server_.emplace(std::move(*opened));
    std::promise<std::string> url;
    thread_ = std::thread([this, &url] {
      const Status served = server_->program->serve([&](const std::string& where) { url.set_value(where); });
      if (!served) url.set_exception(std::make_exception_ptr(std::runtime_error(served.error().message)));
    });
    client::SessionOptions options;
    options.credentials.token = server_->token;
    const auto connected = Lake::connect(url.get_future().get(), options);
    ASSERT_OK(connected);
    lake_.emplace(*connected);
  }

  void write(const std::string& path, const std::string& bytes) {
    ASSERT_OK(main_->object(path).write(bytes));
  }
  std::vector<std::string> paths(const client::Reference& ref, client::ListOptions options = {}) {
    std::vector<std::string> found;
    for (const auto& one : ref.objects(std::move(options))) {
      EXPECT_TRUE(one) << one.error().message;
      if (one) found.push_back(one->path);
    }
    return found;
  }

  std::string folder_;
  std::optional<LocalLake> server_;
  std::thread thread_;
  std::optional<Lake> lake_;
  std::optional<Repository> repository_;
  std::optional<Branch> main_;
};

TEST_P(ClientConformance, RepositoriesAreMadeListedAndRemoved) {
  ASSERT_OK(lake_->create_repository("another"));

  const auto all = lake_->repositories().all();
  ASSERT_OK(all);
  EXPECT_EQ(all->size(), 2u);
  EXPECT_EQ(repository_->info()->default_branch, "main");
  const auto again = lake_->create_repository("prices");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::already_exists);
  EXPECT_THAT(again.error().message, HasSubstr("lakefs://prices"));
  ASSERT_OK(repository_->remove());
  EXPECT_EQ(repository_->info().error().code, Code::not_found);
}

TEST_P(ClientConformance, AnObjectIsWrittenAndRead) {
  const auto object = main_->object("06/01 ü&?.csv");
  EXPECT_FALSE(*object.exists());

  const auto written =
      object.write("item,price\n", {.content_type = "text/csv", .metadata = {{"source", "shop"}}});

  ASSERT_OK(written);
  EXPECT_TRUE(*object.exists());
  EXPECT_EQ(*object.read(), "item,price\n");
  EXPECT_EQ(*object.read_range(5, 5), "price");
  const auto stats = object.stat();
  ASSERT_OK(stats);
  EXPECT_EQ(stats->size_bytes, 11);
  EXPECT_EQ(stats->content_type, "text/csv");
  EXPECT_EQ(stats->metadata->at("source"), "shop");
  EXPECT_EQ(object.write("x", {.if_absent = true}).error().code, Code::precondition_failed);
  ASSERT_OK(object.remove());
  ASSERT_OK(object.remove());
  const auto gone = object.read();
  EXPECT_EQ(gone.error().code, Code::not_found);
  EXPECT_THAT(gone.error().message, HasSubstr("lakefs://prices/main/06/01 ü&?.csv"));
}

TEST_P(ClientConformance, ALargeObjectIsStreamedBothWays) {
  std::string bytes(9'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 13);
  client::ObjectWriter out = main_->object("large").writer();
  for (std::size_t at = 0; at < bytes.size(); at += 700'001)
    ASSERT_OK(out.write(std::string_view(bytes).substr(at, 700'001)));
  ASSERT_OK(out.close());

  client::ObjectReader in = main_->object("large").reader();
  std::string read;
  for (;;) {
    const auto piece = in.read(300'000);
    ASSERT_OK(piece);
    if (piece->empty()) break;
    read += *piece;
  }
  EXPECT_TRUE(read == bytes);
  in.seek(bytes.size() - 8);
  EXPECT_EQ(*in.read(100), bytes.substr(bytes.size() - 8));
  EXPECT_EQ(*in.size(), bytes.size());

  const std::string file = folder_ + "/downloaded";
  EXPECT_EQ(*main_->object("large").download(file), bytes.size());
  EXPECT_EQ(std::filesystem::file_size(file), bytes.size());
  ASSERT_OK(main_->object("copy").upload(file));
  EXPECT_EQ(main_->object("copy").stat()->checksum, main_->object("large").stat()->checksum);
}

TEST_P(ClientConformance, AWriterThatIsDroppedLeavesNothing) {
  {
    client::ObjectWriter out = main_->object("half").writer();
    ASSERT_OK(out.write(std::string(3'000'000, 'x')));
  }

  EXPECT_FALSE(*main_->object("half").exists());
}

TEST_P(ClientConformance, ListingsPage) {
  for (int i = 0; i < 1'005; ++i) write("many/" + std::to_string(i), "");

  EXPECT_EQ(main_->objects().all()->size(), 1'005u);
  EXPECT_EQ(main_->uncommitted("many/99").all()->size(), 11u);
  EXPECT_THAT(paths(*main_, {.delimiter = "/"}), ElementsAre("many/"));
  EXPECT_THAT(paths(*main_, {.prefix = "many/100", .after = "many/1001"}),
              ElementsAre("many/1002", "many/1003", "many/1004"));
}

TEST_P(ClientConformance, CommitsBranchesDiffsAndMerges) {
  write("a", "1");
  const auto first = main_->commit("first", {.metadata = {{"by", "hand"}}});
  ASSERT_OK(first);
  EXPECT_EQ(main_->commit_record()->metadata->at("by"), "hand");
  const Branch june = repository_->branch("june");
  ASSERT_OK(june.create(*main_));
  EXPECT_EQ(june.create(*main_).error().code, Code::already_exists);
  ASSERT_OK(june.object("b").write("2"));
  ASSERT_OK(june.commit("second"));

  const auto changes = main_->diff(june).all();
  ASSERT_OK(changes);
  ASSERT_EQ(changes->size(), 1u);
  EXPECT_EQ(changes->front().type, api::DiffType::added);
  const auto merged = june.merge_into(*main_, {.message = "June"});
  ASSERT_OK(merged);
  EXPECT_EQ(*main_->head(), *merged);
  EXPECT_EQ(main_->log({.first_parent = true}).next()->value().message, "June");
  EXPECT_EQ(june.merge_into(*main_).error().code, Code::invalid_argument);

  ASSERT_OK(repository_->tag("v1").create(*main_));
  EXPECT_EQ(repository_->tags().all()->size(), 1u);
  EXPECT_EQ(*repository_->tag("v1").object("b").read(), "2");
  ASSERT_OK(main_->revert(repository_->ref("main"), 1));
  EXPECT_FALSE(*main_->object("b").exists());
  ASSERT_OK(june.remove());
  EXPECT_EQ(repository_->branches().all()->size(), 1u);
}

TEST_P(ClientConformance, AMergeOfWhatBothChangedIsAConflict) {
  const Branch june = repository_->branch("june");
  ASSERT_OK(june.create(*main_));
  write("a", "1");
  ASSERT_OK(main_->commit("ours"));
  ASSERT_OK(june.object("a").write("2"));
  ASSERT_OK(june.commit("theirs"));

  EXPECT_EQ(june.merge_into(*main_).error().code, Code::conflict);
  ASSERT_OK(june.merge_into(*main_, {.strategy = "source-wins"}));
  EXPECT_EQ(*main_->object("a").read(), "2");
}

TEST_P(ClientConformance, UncommittedChangesAreTakenBack) {
  write("a/1", "");
  write("a/2", "");
  write("b", "");

  ASSERT_OK(main_->reset_object("a/1"));
  EXPECT_THAT(paths(*main_), ElementsAre("a/2", "b"));
  ASSERT_OK(main_->reset_prefix("a/"));
  EXPECT_THAT(paths(*main_), ElementsAre("b"));
  ASSERT_OK(main_->reset());
  EXPECT_TRUE(paths(*main_).empty());
}

TEST_P(ClientConformance, ATransactionIsOneMerge) {
  const auto merged = main_->transact({.message = "prices", .tag = "v1"}, [&](const Branch& work) -> Status {
    for (int i = 0; i < 10; ++i) RETURN_IF_ERROR(work.object(std::to_string(i)).write("x"));
    EXPECT_TRUE(paths(*main_).empty());
    return {};
  });

  ASSERT_OK(merged);
  EXPECT_EQ(*main_->head(), *merged);
  EXPECT_EQ(paths(*main_).size(), 10u);
  EXPECT_EQ(repository_->tag("v1").commit_record()->id, *merged);
  EXPECT_EQ(repository_->branches().all()->size(), 1u);
  EXPECT_TRUE(main_->uncommitted().all()->empty());
}

TEST_P(ClientConformance, ATransactionThatFailsChangesNothing) {
  std::string working;
  const auto failed = main_->transact({.message = "prices"}, [&](const Branch& work) -> Status {
    working = work.id();
    RETURN_IF_ERROR(work.object("a").write("x"));
    return Error{Code::invalid_argument, "the prices are wrong"};
  });
  EXPECT_EQ(failed.error().message, "the prices are wrong");
  EXPECT_THROW((void)main_->transact({.message = "x"},
                                     [](const Branch&) -> Status { throw std::runtime_error("thrown"); }),
               std::runtime_error);
  const auto empty = main_->transact({.message = "nothing"}, [](const Branch&) { return Status(); });
  EXPECT_EQ(empty.error().code, Code::invalid_argument);

  EXPECT_TRUE(paths(*main_).empty());
  EXPECT_EQ(repository_->branch(working).head().error().code, Code::not_found);
}

TEST_P(ClientConformance, AnImportLeavesBytesWhereTheyAre) {
  std::filesystem::create_directories(folder_ + "/outside/deep");
  std::ofstream(folder_ + "/outside/a") << "1";
  std::ofstream(folder_ + "/outside/deep/b") << "2";
  int looks = 0;

  const auto commit = main_->import_objects("outside")
                          .add_prefix("local://" + folder_ + "/outside/", "in/")
                          .run([&](const api::ImportStatus&) { ++looks; });

  ASSERT_OK(commit);
  EXPECT_EQ(commit->message, "outside");
  EXPECT_GE(looks, 1);
  EXPECT_THAT(paths(*main_), ElementsAre("in/a", "in/deep/b"));
  EXPECT_EQ(*main_->object("in/deep/b").read(), "2");
}

TEST_P(ClientConformance, ErrorsNameWhatIsMissing) {
  const auto ref = repository_->branch("none").head();
  const auto write_nowhere = repository_->branch("none").object("x").write("x");
  const auto list_nowhere = lake_->repository("nothing").ref("main").objects().next();

  EXPECT_EQ(ref.error().code, Code::not_found);
  EXPECT_THAT(ref.error().message, HasSubstr("lakefs://prices/none"));
  EXPECT_EQ(write_nowhere.error().code, Code::not_found);
  EXPECT_EQ(list_nowhere.error().code, Code::not_found);
  EXPECT_THAT(list_nowhere.error().message, HasSubstr("lakefs://nothing/main"));
}

TEST_P(ClientConformance, WithoutCredentialsNothingIsTold) {
  lake_->api().session()->log_in({});
  EXPECT_EQ(repository_->info().error().code, Code::unauthenticated);

  client::Credentials wrong;
  wrong.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  wrong.secret_access_key = "wrong";
  lake_->api().session()->log_in(wrong);
  EXPECT_EQ(repository_->info().error().code, Code::unauthenticated);
}

TEST_P(ClientConformance, AFileSystemHasFilesAndFolders) {
  const client::FileSystem fs(*lake_);
  ASSERT_OK(fs.write_file("lakefs://prices/main/raw/06/1.csv", "one", {.content_type = "text/csv"}));
  ASSERT_OK(fs.write_file("lakefs://prices/main/raw/06/2.txt", "two"));
  ASSERT_OK(fs.write_file("lakefs://prices/main/raw/top.csv", "top"));
  const auto uris = [](auto listing) {
    std::vector<std::string> found;
    for (const auto& one : *listing) found.push_back(one->uri + (one->is_folder ? "/" : ""));
    return found;
  };

  EXPECT_THAT(uris(fs.list("lakefs://")), ElementsAre("lakefs://prices/"));
  EXPECT_THAT(uris(fs.list("lakefs://prices")), ElementsAre("lakefs://prices/main/"));
  EXPECT_THAT(uris(fs.list("lakefs://prices/main")), ElementsAre("lakefs://prices/main/raw/"));
  EXPECT_THAT(uris(fs.list("lakefs://prices/main/raw/")),
              ElementsAre("lakefs://prices/main/raw/06/", "lakefs://prices/main/raw/top.csv"));
  EXPECT_EQ(uris(fs.walk("lakefs://prices/main")).size(), 3u);
  EXPECT_EQ(fs.glob("lakefs://prices/main/raw/**/*.csv")->size(), 2u);
  EXPECT_EQ(fs.glob("lakefs://prices/main/raw/*.csv")->at(0).size, 3u);
  EXPECT_TRUE(fs.stat("lakefs://prices/main/raw")->is_folder);
  EXPECT_EQ(fs.stat("lakefs://prices/main/raw/06/1.csv")->content_type, "text/csv");
  EXPECT_EQ(fs.stat("lakefs://prices/main/ra").error().code, Code::not_found);
  EXPECT_FALSE(*fs.exists("lakefs://prices/none"));
  EXPECT_TRUE(*fs.exists("lakefs://prices/main"));

  ASSERT_OK(fs.copy("lakefs://prices/main/raw/top.csv", "lakefs://prices/main/copy.csv"));
  ASSERT_OK(fs.move("lakefs://prices/main/copy.csv", "lakefs://prices/main/moved.csv"));
  EXPECT_EQ(*fs.read_file("lakefs://prices/main/moved.csv"), "top");
  EXPECT_FALSE(*fs.exists("lakefs://prices/main/copy.csv"));
  ASSERT_OK(fs.remove_all("lakefs://prices/main/raw/"));
  EXPECT_THAT(uris(fs.walk("lakefs://prices/main")), ElementsAre("lakefs://prices/main/moved.csv"));
}

TEST_P(ClientConformance, FilesAreCopiedBetweenRepositories) {
  ASSERT_OK(lake_->create_repository("another"));
  const client::FileSystem fs(*lake_);
  ASSERT_OK(
      fs.write_file("lakefs://prices/main/a", "bytes", {.content_type = "x/y", .metadata = {{"k", "v"}}}));

  ASSERT_OK(fs.copy("lakefs://prices/main/a", "lakefs://another/main/b"));

  const auto info = fs.stat("lakefs://another/main/b");
  ASSERT_OK(info);
  EXPECT_EQ(info->content_type, "x/y");
  EXPECT_EQ(info->metadata.at("k"), "v");
  EXPECT_EQ(*fs.read_file("lakefs://another/main/b"), "bytes");
}

TEST_P(ClientConformance, FoldersGoInAndOutInParallel) {
  const client::FileSystem fs(*lake_);
  const std::string from = folder_ + "/from";
  std::filesystem::create_directories(from + "/deep/er");
  for (int i = 0; i < 40; ++i) std::ofstream(from + (i % 2 ? "/deep/er/" : "/") + std::to_string(i)) << i;
  std::size_t told = 0;
  client::BulkOptions options;
  options.progress = [&](const std::string&, std::uint64_t) { ++told; };

  const auto put = fs.put_all(from, "lakefs://prices/main/in/", options);
  const auto got = fs.get_all("lakefs://prices/main/in", folder_ + "/to");

  ASSERT_OK(put);
  ASSERT_OK(got);
  EXPECT_EQ(put->files, 40u);
  EXPECT_EQ(told, 40u);
  EXPECT_EQ(got->bytes, put->bytes);
  std::ifstream file(folder_ + "/to/deep/er/39");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "39");
  EXPECT_EQ(fs.put_all(folder_ + "/none", "lakefs://prices/main/x").error().code, Code::not_found);
}

TEST_P(ClientConformance, ANameThatLeadsOutOfTheFolderIsNotWritten) {
  const client::FileSystem fs(*lake_);
  ASSERT_OK(fs.write_file("lakefs://prices/main/in/../../outside", "evil"));

  const auto got = fs.get_all("lakefs://prices/main/in", folder_ + "/to/deep");

  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::invalid_argument);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/outside"));
}

INSTANTIATE_TEST_SUITE_P(Ways, ClientConformance, testing::Values(false, true),
                         [](const auto& way) { return way.param ? "Http" : "InProcess"; });

TEST(LocalLakeTest, AFolderThatIsOpenIsUnavailableAndOneThatIsNoneIsNotFound) {
  std::string pattern = testing::TempDir() + "/local-lake-XXXXXX";
  const std::string folder = ::mkdtemp(pattern.data());
  {
    const auto none = open_lake(folder + "/none", /*create=*/false);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::not_found);
    const auto lake = open_lake(folder);
    ASSERT_OK(lake);

    const auto again = open_lake(folder);

    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::unavailable);
    EXPECT_THAT(again.error().message, HasSubstr("mere serve --data"));
  }
  EXPECT_TRUE(open_lake(folder));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mere::serve
