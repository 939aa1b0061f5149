// What is particular to local files: links, import, hidden names, faults of the disk, leftovers.
#include "block/local_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "block/faulty_file_system.h"
#include "block/local_disk.h"
#include "block/local_list.h"
#include "block/test_folder.h"

namespace mere::block {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LocalStoreTest : public testing::Test {
 protected:
  LocalStoreTest() {
    fs::create_directories(folder_ / "import");
    fs::create_directories(folder_ / "secret");
    folder_.write("secret/key", "secret");
    store_ = open();
  }
  LocalOptions options() const {
    return {.root = (folder_ / "root").string(),
            .import_enabled = true,
            .allowed_external_prefixes = {(folder_ / "import").string(), (folder_ / "missing").string()}};
  }
  std::unique_ptr<Store> open() {
    auto store = open_local_store(options(), files_);
    EXPECT_TRUE(store) << store.error().message;
    return *std::move(store);
  }
  Address external(const std::string& name) const { return {"local://" + (folder_ / name).string()}; }
  void put(const std::string& uri, std::string_view bytes) {
    const Status status = write_all(*store_, {uri}, bytes);
    ASSERT_TRUE(status) << status.error().message;
  }
  std::string get(const Address& address) const {
    auto bytes = read_all(*store_, address, 1u << 24);
    return bytes ? *bytes : std::string(name_of(bytes.error().code));
  }
  std::vector<std::string> list(const Address& folder, ListOptions options = {}) const {
    std::vector<std::string> found;
    const Status status = store_->list(folder, options, [&](const Listed& listed) {
      found.push_back(listed.address.uri.substr(folder.uri.size()));
      return true;
    });
    if (!status) found.push_back(std::string(name_of(status.error().code)));
    return found;
  }
  // Temporary files and parts that lie about.
  std::size_t leftovers() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "root"))
      if (entry.is_regular_file() && entry.path().string().find("/.mere-") != std::string::npos) ++count;
    return count;
  }

  const TestFolder folder_;
  FaultyFileSystem files_;
  std::unique_ptr<Store> store_;
};

TEST_F(LocalStoreTest, AnObjectIsAPlainFile) {
  put("local://lake/data/x", "text");
  folder_.write("root/lake/data/y", "from outside");

  EXPECT_EQ(folder_.read("root/lake/data/x"), "text");
  EXPECT_EQ(get({"local://lake/data/y"}), "from outside");
  EXPECT_EQ(get(external("root/lake/data/x")), "text");
}

TEST_F(LocalStoreTest, AReaderHandsOutItsFile) {
  put("local://lake/x", "text");

  const auto reader = *store_->open({"local://lake/x"});

  ASSERT_NE(reader->file(), nullptr);
  char bytes[8];
  EXPECT_EQ(::pread(reader->file()->get(), bytes, sizeof bytes, 0), 4);
}

TEST_F(LocalStoreTest, MakesItsRootWithAllParents) {
  auto store = open_local_store({.root = (folder_ / "deep/er/root").string()});

  ASSERT_TRUE(store);
  EXPECT_TRUE(write_all(**store, {"local://x"}, "text"));
  EXPECT_EQ(folder_.read("deep/er/root/x"), "text");
}

TEST_F(LocalStoreTest, SaysWhyItsRootCannotBe) {
  folder_.write("file", "");

  EXPECT_EQ(open_local_store({.root = ""}).error().code, Code::invalid_argument);
  EXPECT_THAT(open_local_store({.root = (folder_ / "file/root").string()}).error().message,
              HasSubstr("file/root"));
}

TEST_F(LocalStoreTest, AStoreThatOnlyReadsLeavesNoTrace) {
  folder_.write("root/lake/x", "text");
  const std::size_t before = folder_.count();

  EXPECT_EQ(get({"local://lake/x"}), "text");
  EXPECT_THAT(list({"local://lake/"}), ElementsAre("x"));

  EXPECT_EQ(folder_.count(), before);
}

TEST_F(LocalStoreTest, ExternalFoldersCanBeReadAndListed) {
  folder_.write("import/a/1", "one");
  folder_.write("import/2", "two");

  EXPECT_EQ(get(external("import/a/1")), "one");
  EXPECT_EQ(store_->stat(external("import/2"))->size_bytes, 3u);
  EXPECT_THAT(list({external("import").uri + "/"}), ElementsAre("2", "a/1"));
  EXPECT_EQ(*content_md5(*store_, external("import/2")), Digest::md5().update("two").finish_hex());
  EXPECT_TRUE(store_->copy(external("import/2"), {"local://lake/2"}));
  EXPECT_EQ(get({"local://lake/2"}), "two");
  EXPECT_EQ(get(external("missing/x")), "not_found");
}

TEST_F(LocalStoreTest, ExternalFoldersAreNeverWritten) {
  folder_.write("import/x", "text");
  const Address address = external("import/x");

  EXPECT_EQ(store_->create(address, {}).error().code, Code::permission_denied);
  EXPECT_EQ(store_->remove(address).error().code, Code::permission_denied);
  EXPECT_EQ(store_->copy(address, address).error().code, Code::permission_denied);
  EXPECT_EQ(store_->begin_upload(address).error().code, Code::permission_denied);
  EXPECT_EQ(store_->abort_upload(address, std::string(32, '0')).error().code, Code::permission_denied);
  EXPECT_EQ(folder_.read("import/x"), "text");
}

TEST_F(LocalStoreTest, NoLinkLeadsOut) {
  put("local://lake/x", "text");
  fs::create_directory_symlink(folder_ / "secret", folder_ / "root/lake/absolute");
  fs::create_directory_symlink("../../secret", folder_ / "root/lake/relative");
  fs::create_symlink(folder_ / "secret/key", folder_ / "root/lake/file");
  fs::create_symlink(folder_ / "secret/key", folder_ / "import/file");
  fs::create_directory_symlink("/proc/self/root", folder_ / "root/lake/magic");

  for (const char* uri : {"local://lake/absolute/key", "local://lake/relative/key", "local://lake/file"}) {
    EXPECT_EQ(store_->open({uri}).error().code, Code::permission_denied) << uri;
    EXPECT_EQ(store_->stat({uri}).error().code, Code::permission_denied) << uri;
    EXPECT_EQ(store_->copy({uri}, {"local://lake/copy"}).error().code, Code::permission_denied) << uri;
  }
  EXPECT_FALSE(store_->open({"local://lake/magic/etc/passwd"}));
  EXPECT_EQ(store_->open(external("import/file")).error().code, Code::permission_denied);
  for (const char* uri :
       {"local://lake/absolute/new", "local://lake/relative/new", "local://lake/absolute/deep/new"})
    EXPECT_EQ(write_all(*store_, {uri}, "bytes").error().code, Code::permission_denied) << uri;
  EXPECT_EQ(store_->remove({"local://lake/absolute/key"}).error().code, Code::permission_denied);
  EXPECT_EQ(store_->list({"local://lake/absolute"}, {}, [](const Listed&) { return true; }).error().code,
            Code::permission_denied);
  EXPECT_THAT(list({"local://lake/"}), ElementsAre("x"));
  EXPECT_THAT(list({external("import").uri + "/"}), IsEmpty());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "secret"), {}), 1);
}

TEST_F(LocalStoreTest, WritingToALinkReplacesTheLinkAndNotItsGoal) {
  put("local://lake/x", "text");
  fs::create_symlink(folder_ / "secret/key", folder_ / "root/lake/link");

  put("local://lake/link", "mine");

  EXPECT_EQ(folder_.read("secret/key"), "secret");
  EXPECT_EQ(get({"local://lake/link"}), "mine");
  EXPECT_FALSE(fs::is_symlink(folder_ / "root/lake/link"));
}

TEST_F(LocalStoreTest, LinksInsideAreFollowed) {
  put("local://lake/data/x", "text");
  folder_.write("import/y", "imported");
  fs::create_directory_symlink("data", folder_ / "root/lake/relative");
  fs::create_directory_symlink(folder_ / "root/lake/data", folder_ / "root/lake/absolute");
  fs::create_symlink(folder_ / "import/y", folder_ / "root/lake/imported");
  fs::create_symlink("nowhere", folder_ / "root/lake/dangling");
  fs::create_symlink("loop", folder_ / "root/lake/loop");

  EXPECT_EQ(get({"local://lake/relative/x"}), "text");
  EXPECT_EQ(get({"local://lake/absolute/x"}), "text");
  EXPECT_EQ(get({"local://lake/imported"}), "imported");
  EXPECT_EQ(get({"local://lake/dangling"}), "not_found");
  EXPECT_FALSE(store_->open({"local://lake/loop"}));
  put("local://lake/relative/z", "written");
  EXPECT_EQ(folder_.read("root/lake/data/z"), "written");
  // Links to files are listed, links to folders not entered.
  EXPECT_THAT(list({"local://lake/"}), ElementsAre("data/x", "data/z", "imported"));
}

TEST_F(LocalStoreTest, OnlyFilesAreObjects) {
  put("local://lake/x", "text");
  ASSERT_EQ(::mkfifo((folder_ / "root/lake/pipe").c_str(), 0600), 0);

  EXPECT_EQ(get({"local://lake/pipe"}), "not_found");
  EXPECT_EQ(get({"local://lake"}), "not_found");
  EXPECT_THAT(list({"local://lake/"}), ElementsAre("x"));
}

TEST_F(LocalStoreTest, HiddenFilesAreListedOnRequest) {
  for (const char* name : {"a", ".b", "c/.d", ".e/f"}) put(std::string("local://lake/") + name, "x");

  EXPECT_THAT(list({"local://lake/"}, {.hidden = false}), ElementsAre("a"));
  EXPECT_THAT(list({"local://lake/"}, {.hidden = true}), ElementsAre(".b", ".e/f", "a", "c/.d"));
  EXPECT_THAT(list({"local://lake/"}, {.delimited = true, .hidden = false}), ElementsAre("a", "c/"));
}

TEST_F(LocalStoreTest, TheStoresOwnFilesAreNeverListed) {
  put("local://x", "text");
  put("local://x", "replaced");  // which takes a temporary name
  const std::string id = *store_->begin_upload({"local://y"});
  auto part = *store_->upload_part({"local://y"}, id, 1);
  ASSERT_TRUE(part->finish());

  EXPECT_THAT(list({"local://"}), ElementsAre("x"));
  EXPECT_THAT(list({"local://"}, {.delimited = true}), ElementsAre("x"));
}

TEST_F(LocalStoreTest, NothingCanLieBelowAnObjectOrReplaceAFolder) {
  put("local://lake/x", "text");

  EXPECT_EQ(write_all(*store_, {"local://lake/x/y"}, "bytes").error().code, Code::invalid_argument);
  EXPECT_EQ(write_all(*store_, {"local://lake"}, "bytes").error().code, Code::invalid_argument);
  EXPECT_EQ(get({"local://lake/x"}), "text");
}

TEST_F(LocalStoreTest, AFolderLargerThanAListingHoldsIsListedWhole) {
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) expected.push_back(std::to_string(i) + (i % 3 == 0 ? "/x" : ""));
  for (const std::string& name : expected) folder_.write("root/lake/" + name, "text");
  std::sort(expected.begin(), expected.end());
  const auto disk = *LocalDisk::open(options(), files_);
  for (const std::size_t held : {1u, 7u, 100u, 101u})
    for (const std::string& after :
         {std::string(), std::string("33/a"), std::string("33/x"), std::string("5")}) {
      std::vector<std::string> found;

      ASSERT_TRUE(list_local(
          *disk, *disk->paths.folder({"local://lake"}), "local://lake/", {.after = "local://lake/" + after},
          [&](const Listed& listed) {
            found.push_back(listed.address.uri.substr(13));
            return true;
          },
          held));

      EXPECT_TRUE(std::equal(found.begin(), found.end(),
                             std::upper_bound(expected.begin(), expected.end(), after), expected.end()))
          << held << " " << after << " " << found.size();
    }
}

TEST_F(LocalStoreTest, FoldersNestedWithoutEndAreRefused) {
  fs::path path = folder_ / "root";
  for (int i = 0; i < 300; ++i) path /= "d";
  fs::create_directories(path);

  EXPECT_THAT(list({"local://"}), ElementsAre("invalid_argument"));
}

TEST_F(LocalStoreTest, AnUnreadableFolderFailsAListing) {
  put("local://lake/x", "text");
  files_.fail_calls(Call::read_folder, EIO);

  EXPECT_THAT(list({"local://lake/"}), ElementsAre("io_error"));
}

TEST_F(LocalStoreTest, ACopyThatTheKernelRefusesIsMadeByHand) {
  const std::string bytes(3'000'000, 'x');
  put("local://lake/x", bytes);
  files_.fail_calls(Call::copy_range, EXDEV);

  ASSERT_TRUE(store_->copy({"local://lake/x"}, {"local://lake/y"}));

  EXPECT_EQ(get({"local://lake/y"}), bytes);
}

TEST_F(LocalStoreTest, AFailedReadIsAnError) {
  put("local://lake/x", "text");
  files_.fail_calls(Call::read_at, EIO);

  EXPECT_EQ(get({"local://lake/x"}), "io_error");
}

struct Fault {
  Call call;
  int error;
  Code code;
};

TEST_F(LocalStoreTest, FaultsOfTheDiskAreToldApartAndLeaveNothing) {
  for (const Fault& fault :
       {Fault{Call::write, ENOSPC, Code::no_space}, Fault{Call::write, EDQUOT, Code::no_space},
        Fault{Call::write, EIO, Code::io_error}, Fault{Call::sync_data, ENOSPC, Code::no_space},
        Fault{Call::sync_data, EIO, Code::io_error}, Fault{Call::rename, ENOSPC, Code::no_space},
        Fault{Call::make_folder, ENOSPC, Code::no_space}, Fault{Call::create, EMFILE, Code::unavailable}}) {
    const Address address{"local://lake/" + std::to_string(static_cast<int>(fault.call)) + "-" +
                          std::to_string(fault.error) + "/x"};
    files_.fail_calls(fault.call, fault.error);

    const Status status = write_all(*store_, address, "bytes");

    files_.fail_nothing();
    ASSERT_FALSE(status) << static_cast<int>(fault.call);
    EXPECT_EQ(status.error().code, fault.code) << status.error().message;
    EXPECT_EQ(get(address), "not_found");
    EXPECT_EQ(leftovers(), 0u);
    put(address.uri, "bytes");
  }
}

TEST_F(LocalStoreTest, AFailedFolderSyncOrCloseIsAnErrorThoughTheObjectMayBeThere) {
  put("local://lake/other", "text");
  for (const Call call : {Call::sync_folder, Call::close}) {
    files_.fail_calls(call, EIO);

    const Status status = write_all(*store_, {"local://lake/x"}, "bytes");

    files_.fail_nothing();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::io_error);
  }
}

TEST_F(LocalStoreTest, AnObjectWhoseAppendFailedCannotBeFinished) {
  auto writer = *store_->create({"local://lake/x"}, {});
  files_.fail_calls(Call::write, ENOSPC);
  ASSERT_FALSE(writer->append(bytes_of(std::string(100'000, 'x'))));
  files_.fail_nothing();

  EXPECT_FALSE(writer->finish());

  EXPECT_EQ(get({"local://lake/x"}), "not_found");
}

TEST_F(LocalStoreTest, WritersThatFitNoDiskAreRefusedAtOnce) {
  WriteOptions options;
  options.expected_size_bytes = 1ull << 60;

  const auto writer = store_->create({"local://lake/x"}, options);

  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, Code::no_space);
}

TEST_F(LocalStoreTest, RoomThatWasNotNeededIsGivenBack) {
  WriteOptions options;
  options.expected_size_bytes = 64u << 20;
  auto writer = *store_->create({"local://lake/x"}, options);
  ASSERT_TRUE(writer->append(bytes_of(std::string(1000, 'x'))));

  ASSERT_TRUE(writer->finish());

  struct stat status{};
  ASSERT_EQ(::stat((folder_ / "root/lake/x").c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 1000);
  EXPECT_LE(status.st_blocks, 64);
}

TEST_F(LocalStoreTest, AFileLargerThanTheProcessMayWriteIsRefused) {
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit limit{100'000, before.rlim_max};
  ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &limit);

  const Status status = write_all(*store_, {"local://lake/x"}, std::string(500'000, 'x'));

  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, SIG_DFL);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::too_large);
  EXPECT_EQ(get({"local://lake/x"}), "not_found");
  EXPECT_EQ(leftovers(), 0u);
}

TEST_F(LocalStoreTest, ReplacingLeavesNoTemporaryName) {
  put("local://lake/x", "old");
  put("local://lake/x", "newer");
  {
    auto given_up = *store_->create({"local://lake/y"}, {});
  }

  EXPECT_EQ(leftovers(), 0u);
  EXPECT_EQ(get({"local://lake/x"}), "newer");
  store_.reset();
  EXPECT_TRUE(fs::is_empty(folder_ / "root/.mere-tmp"));
}

// A disk mounted below the root, in a mount namespace of its own.
TEST_F(LocalStoreTest, ObjectsMayLieOnAnotherDiskBelowTheRoot) {
  put("local://lake/x", "text");
  store_.reset();
  fs::create_directories(folder_ / "root/other");
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", (folder_ / "root/other").c_str(), "tmpfs", 0, "size=1m") != 0)
      ::_exit(77);
    auto store = open();
    for (const char* bytes : {"old", "new"})
      if (!write_all(*store, {"local://other/x"}, bytes)) ::_exit(1);
    if (!store->copy({"local://lake/x"}, {"local://other/y"})) ::_exit(2);
    {
      auto given_up = *store->create({"local://other/z"}, {});
    }
    if (*read_all(*store, {"local://other/x"}, 10) != "new") ::_exit(3);
    if (std::distance(fs::directory_iterator(folder_ / "root/other"), {}) != 2) ::_exit(4);
    // And a disk that is really full.
    const Status full = write_all(*store, {"local://other/z"}, std::string(3'000'000, 'x'));
    if (full || full.error().code != Code::no_space) ::_exit(5);
    auto writer = *store->create({"local://other/z"}, {});
    Status status;
    for (int i = 0; i < 30 && status; ++i) status = writer->append(bytes_of(std::string(100'000, 'x')));
    if (status || status.error().code != Code::no_space) ::_exit(6);
    writer.reset();
    if (std::distance(fs::directory_iterator(folder_ / "root/other"), {}) != 2) ::_exit(7);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "only root may mount";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(LocalStoreTest, ATemporaryFolderThatSomebodyRemovedIsMadeAgain) {
  put("local://lake/x", "text");
  fs::remove_all(folder_ / "root/.mere-tmp");

  put("local://lake/x", "new");
  const std::string id = *store_->begin_upload({"local://lake/y"});
  fs::remove_all(folder_ / "root/.mere-tmp");
  EXPECT_TRUE(store_->abort_upload({"local://lake/y"}, id));
  EXPECT_TRUE(store_->abort_upload({"local://lake/y"}, id));

  EXPECT_EQ(get({"local://lake/x"}), "new");
  EXPECT_FALSE(store_->list_parts({"local://lake/y"}, id));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "root/.mere-tmp"), {}), 1);
}

TEST_F(LocalStoreTest, LeftoversOfTheDeadAreRemovedAndThoseOfTheLivingKept) {
  auto living = *store_->create({"local://lake/x"}, {});
  ASSERT_TRUE(living->append(bytes_of(std::string(100'000, 'x'))));
  folder_.write("root/.mere-tmp/0b1c/7", "half an object");
  folder_.write("root/.mere-tmp/0b1c/upload/00001.0000000001.5d41402abc4b2a76b9719d911017c592", "a part");
  ASSERT_EQ(leftovers(), 3u);

  auto other = open();

  EXPECT_EQ(leftovers(), 1u);
  EXPECT_FALSE(fs::exists(folder_ / "root/.mere-tmp/0b1c"));
  EXPECT_TRUE(living->finish());
  EXPECT_EQ(get({"local://lake/x"}), std::string(100'000, 'x'));
}

TEST_F(LocalStoreTest, UploadsOutliveTheProcess) {
  const std::string id = *store_->begin_upload({"local://lake/x"});
  auto part = *store_->upload_part({"local://lake/x"}, id, 1);
  ASSERT_TRUE(part->append(bytes_of(std::string("text"))));
  ASSERT_TRUE(part->finish());
  part.reset();

  store_.reset();
  store_ = open();

  auto parts = store_->list_parts({"local://lake/x"}, id);
  ASSERT_TRUE(parts);
  ASSERT_TRUE(store_->complete_upload(external("root/lake/x"), id, *parts));
  EXPECT_EQ(get({"local://lake/x"}), "text");
  EXPECT_EQ(leftovers(), 0u);
}

TEST_F(LocalStoreTest, StrangeFilesAmongPartsAreIgnored) {
  const std::string id = *store_->begin_upload({"local://lake/x"});
  for (const auto& upload : fs::directory_iterator(folder_ / "root/.mere-uploads"))
    for (const char* name : {"00001", "xxxxx.0000000001.5d41402abc4b2a76b9719d911017c592",
                             "00001.0000000001.5D41402abc4b2a76b9719d911017c592"})
      std::ofstream(upload.path() / name) << "x";

  EXPECT_THAT(*store_->list_parts({"local://lake/x"}, id), IsEmpty());
  EXPECT_TRUE(store_->abort_upload({"local://lake/x"}, id));
  EXPECT_EQ(leftovers(), 0u);
}

// Runs `work` in a process of its own that is killed after `delay`.
void run_and_kill(const std::function<void()>& work, std::chrono::milliseconds delay) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work();
    ::_exit(0);
  }
  std::this_thread::sleep_for(delay);
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
}

TEST_F(LocalStoreTest, AKilledWriterLeavesWholeObjectsOnly) {
  store_.reset();
  const std::string bytes(300'000, 'x');
  for (int round = 0; round < 2; ++round) {
    run_and_kill(
        [&] {
          auto store = *open_local_store(options());
          for (int i = 0;; ++i)
            if (!write_all(*store, {"local://lake/" + std::to_string(i % 7)}, bytes)) ::_exit(1);
        },
        150ms);

    store_ = open();

    int objects = 0;
    ASSERT_TRUE(store_->list({"local://"}, {}, [&](const Listed& listed) {
      EXPECT_EQ(get(listed.address), bytes) << listed.address.uri;
      ++objects;
      return true;
    }));
    EXPECT_GT(objects, 0);
    EXPECT_EQ(leftovers(), 0u);
    store_.reset();
  }
}

TEST_F(LocalStoreTest, WorksWithoutOpenat2) {
  put("local://lake/x", "text");
  fs::create_directory_symlink(folder_ / "secret", folder_ / "root/lake/absolute");
  fs::create_directory_symlink(folder_ / "root/lake", folder_ / "root/inside");
  const pid_t child = ::fork();
  if (child == 0) {
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{std::size(filter), filter};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
      ::_exit(77);
    auto store = open();
    if (*read_all(*store, {"local://lake/x"}, 100) != "text") ::_exit(1);
    if (!write_all(*store, {"local://lake/deep/er/y"}, "text")) ::_exit(2);
    if (store->open({"local://lake/absolute/key"}).error().code != Code::permission_denied) ::_exit(3);
    if (write_all(*store, {"local://lake/absolute/new"}, "text")) ::_exit(4);
    if (store->open({"local://lake/missing"}).error().code != Code::not_found) ::_exit(5);
    if (*read_all(*store, {"local://inside/x"}, 100) != "text") ::_exit(6);
    int listed = 0;
    if (!store->list({"local://"}, {}, [&](const Listed&) { return ++listed; }) || listed != 2) ::_exit(7);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no system call filters here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace mere::block
