// What only the store on disk promises: conformance of all drivers is store_conformance_test.cpp.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "kv/store.h"
#include "kv/test_folder.h"

namespace mere::kv {
namespace {

std::unique_ptr<Store> opened(const std::string& folder) {
  auto store = open_rocksdb_store({.path = folder});
  EXPECT_TRUE(store) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

TEST(RocksDbStore, KeepsEverythingWhenItIsOpenedAgain) {
  TestFolder folder;
  for (int round = 0; round < 3; ++round) {
    const auto store = opened(folder.path());
    for (int earlier = 0; earlier < round; ++earlier)
      EXPECT_EQ(*store->get("k" + std::to_string(earlier)), "v");
    ASSERT_TRUE(put(*store, "k" + std::to_string(round), "v"));
    const Write last = Write::put("last", std::to_string(round));
    ASSERT_TRUE(store->write({&last, 1}, Durability::ordered));
  }

  EXPECT_EQ(*opened(folder.path())->get("last"), "2");
}

TEST(RocksDbStore, KeepsErasedPrefixesErased) {
  TestFolder folder;
  {
    const auto store = opened(folder.path());
    for (int i = 0; i < 2000; ++i) {
      const Write write = Write::put(fmt::format("token/{}", i), "v");
      ASSERT_TRUE(store->write({&write, 1}, Durability::ordered));
    }
    ASSERT_TRUE(put(*store, "other", "v"));
    ASSERT_TRUE(store->erase_prefix("token/"));
  }

  const auto store = opened(folder.path());
  EXPECT_FALSE(store->scan("token/")->valid());
  EXPECT_EQ(*store->get("other"), "v");
}

TEST(RocksDbStore, MakesItsFolderAndThoseAbove) {
  TestFolder folder;
  ASSERT_TRUE(put(*opened(folder.path() + "/a/b/c"), "k", "v"));

  EXPECT_EQ(*opened(folder.path() + "/a/b/c")->get("k"), "v");
}

TEST(RocksDbStore, LetsNobodyElseOpenItsFolder) {
  TestFolder folder;
  {
    const auto store = opened(folder.path());

    const auto second = open_rocksdb_store({.path = folder.path()});

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::unavailable);
    EXPECT_NE(second.error().message.find(folder.path()), std::string::npos) << second.error().message;
    EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos)
        << second.error().message;
    ASSERT_TRUE(put(*store, "k", "v"));
  }
  EXPECT_NE(opened(folder.path()), nullptr);
}

TEST(RocksDbStore, SaysWhyAFolderCannotBe) {
  TestFolder folder;
  std::ofstream(folder.path() + "/file") << "x";

  const auto store = open_rocksdb_store({.path = folder.path() + "/file/below"});

  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::io_error);
  EXPECT_NE(store.error().message.find(folder.path() + "/file"), std::string::npos) << store.error().message;
}

std::vector<std::filesystem::path> files(const std::string& folder, std::string_view extension) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == extension) found.push_back(entry.path());
  }
  return found;
}

TEST(RocksDbStore, CallsDamageCorrupt) {
  TestFolder folder;
  {
    const auto store = opened(folder.path());
    for (int i = 0; i < 500; ++i) {
      const Write write =
          Write::put(fmt::format("k{}", i), std::string(1000, static_cast<char>('a' + i % 26)));
      ASSERT_TRUE(store->write({&write, 1}, Durability::ordered));
    }
  }
  opened(folder.path());  // moves the log to a table
  const auto tables = files(folder.path(), ".sst");
  ASSERT_FALSE(tables.empty());
  for (const auto& table : tables) {
    std::fstream file(table, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200);
    file << "damage";
  }

  const auto store = opened(folder.path());
  ASSERT_NE(store, nullptr);
  const auto read = store->get("k0");
  const auto cursor = store->scan("k");

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::corrupt);
  EXPECT_FALSE(cursor->valid());
  ASSERT_FALSE(cursor->status());
  EXPECT_EQ(cursor->status().error().code, Code::corrupt);
  EXPECT_EQ(put(*store, "k0", "new", Condition::absent()).error().code, Code::corrupt);
}

TEST(RocksDbStore, CallsAMissingFileCorrupt) {
  TestFolder folder;
  ASSERT_TRUE(put(*opened(folder.path()), "k", "v"));
  opened(folder.path());
  for (const auto& table : files(folder.path(), ".sst")) std::filesystem::remove(table);

  const auto store = open_rocksdb_store({.path = folder.path()});

  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::corrupt) << store.error().message;
}

// A log that a crash cut off anywhere gives what was whole.
TEST(RocksDbStore, OpensAfterItsLogWasCutOff) {
  TestFolder folder;
  {
    const auto store = opened(folder.path());
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(put(*store, fmt::format("k{:02}", i), std::string(100, 'v')));
  }
  const auto logs = files(folder.path(), ".log");
  ASSERT_EQ(logs.size(), 1u);
  const auto size = std::filesystem::file_size(logs[0]);
  ASSERT_GT(size, 5000u);
  std::filesystem::resize_file(logs[0], size / 2 + 3);

  const auto store = opened(folder.path());

  int count = 0;
  for (const auto cursor = store->scan("k"); cursor->valid(); cursor->next()) {
    EXPECT_EQ(cursor->key(), fmt::format("k{:02}", count));
    ++count;
  }
  EXPECT_GT(count, 20);
  EXPECT_LT(count, 30);
  ASSERT_TRUE(put(*store, "k99", "v"));
}

// A folder whose log holds k00 to k49, written one by one.
std::filesystem::path write_log(const std::string& folder) {
  const auto store = opened(folder);
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(put(*store, fmt::format("k{:02}", i), fmt::format("{:0100}", i)));
  }
  return files(folder, ".log").at(0);
}

void overwrite(const std::filesystem::path& path, std::string_view mark, std::string_view bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto at = content.find(mark);
  ASSERT_NE(at, std::string::npos);
  file.clear();
  file.seekp(static_cast<std::streamoff>(at));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

TEST(RocksDbStore, CallsALogCorruptThatIsDamagedBeforeItsEnd) {
  TestFolder folder;
  overwrite(write_log(folder.path()), "k20", "X");

  for (int again = 0; again < 2; ++again) {  // looking does not change it
    const auto store = open_rocksdb_store({.path = folder.path()});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Code::corrupt);
    EXPECT_NE(store.error().message.find("cut_damaged_log"), std::string::npos) << store.error().message;
  }

  {
    const auto store = open_rocksdb_store({.path = folder.path(), .cut_damaged_log = true});
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_TRUE((*store)->get("k19")->has_value());
    EXPECT_FALSE((*store)->get("k20")->has_value());
    ASSERT_TRUE(put(**store, "after", "v"));
  }
  EXPECT_EQ(*opened(folder.path())->get("after"), "v");
}

TEST(RocksDbStore, CallsALogCorruptThatHasZeroesBeforeItsEnd) {
  TestFolder folder;
  {
    const auto store = opened(folder.path());
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(put(*store, fmt::format("k{:02}", i), std::string(4000, 'v')));
  }
  const auto log = files(folder.path(), ".log").at(0);
  std::fstream(log, std::ios::in | std::ios::out | std::ios::binary).seekp(32768) << std::string(32768, '\0');

  const auto store = open_rocksdb_store({.path = folder.path()});

  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::corrupt);
}

// Pages of the last write that did not reach the disk.
TEST(RocksDbStore, OpensAfterTheEndOfItsLogWasDamaged) {
  TestFolder folder;
  overwrite(write_log(folder.path()), "k49", "X");

  const auto store = opened(folder.path());

  ASSERT_NE(store, nullptr);
  EXPECT_TRUE(store->get("k48")->has_value());
  EXPECT_FALSE(store->get("k49")->has_value());
  ASSERT_TRUE(put(*store, "after", "v"));
}

// On a file system of 8 MiB, made for it where that is allowed.
TEST(RocksDbStore, SaysWhenTheDiskIsFullAndGoesOnOnceItIsNot) {
  TestFolder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=8m") != 0)
    GTEST_SKIP() << "cannot mount a file system";
  struct Unmount {
    const std::string& path;
    ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
  } unmount{folder.path()};
  const std::string ballast = folder.path() + "/ballast";
  {
    // It goes on once a write buffer's worth is free.
    const auto store =
        open_rocksdb_store({.path = folder.path() + "/store", .write_buffer_bytes = 1 << 20}).value();
    ASSERT_TRUE(put(*store, "first", "v"));
    std::ofstream(ballast) << std::string(4 << 20, 'x');

    Status status;
    int written = 0;
    for (; status && written < 200; ++written)
      status = put(*store, fmt::format("k{}", written), std::string(100'000, 'v'));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::no_space) << status.error().message;
    EXPECT_EQ(*store->get("first"), "v");

    const auto put_until_accepted = [&] {
      for (int i = 0; i < 30; ++i) {
        status = put(*store, "after", "v");
        if (status) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    };
    {
      const auto cursor = store->scan("first");  // must go on showing what it shows
      std::filesystem::remove(ballast);
      put_until_accepted();
      EXPECT_EQ(status.error().code, Code::unavailable);
      EXPECT_EQ(cursor->value(), "v");
    }
    put_until_accepted();
    EXPECT_TRUE(status) << status.error().message;
    for (int i = 0; i < written - 1; ++i) EXPECT_TRUE(store->get(fmt::format("k{}", i))->has_value()) << i;
  }
  const auto store = opened(folder.path() + "/store");
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(*store->get("first"), "v");
  EXPECT_EQ(*store->get("after"), "v");
}

}  // namespace
}  // namespace mere::kv
