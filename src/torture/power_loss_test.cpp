#include "torture/power_loss.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/disk_faults.h"
#include "base/fd.h"
#include "block/failing_disk.h"

namespace mere::torture {
namespace {

namespace fs = std::filesystem;

// A folder that is written through a disk which keeps a ledger, and then loses its power.
class PowerLossTest : public testing::Test {
 protected:
  PowerLossTest() {
    std::string name = (fs::temp_directory_path() / "power-loss-XXXXXX").string();
    root = ::mkdtemp(name.data());
    fs::create_directories(root + "/lake");
    faults = make_disk_faults("ledger=" + root + "/ledger").value();
    files = block::make_failing_file_system(*faults);
    folder = Fd(::open((root + "/lake").c_str(), O_RDONLY | O_DIRECTORY));
  }
  ~PowerLossTest() override { fs::remove_all(root); }

  Fd create(const char* name) { return Fd(files->create(folder.get(), name)); }
  void write(const Fd& file, std::string_view text) {
    ASSERT_EQ(files->write(file.get(), std::as_bytes(std::span(text))), static_cast<ssize_t>(text.size()));
  }
  void sync(const Fd& file) { ASSERT_EQ(files->sync_data(file.get()), 0); }
  void sync_names() { ASSERT_EQ(files->sync_folder(folder.get()), 0); }
  PowerLoss lose_power(std::uint64_t seed) {
    Dice dice(seed);
    return torture::lose_power(root + "/lake", root + "/ledger", dice).value();
  }
  std::string content(const char* name) {
    std::ifstream file(root + "/lake/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool exists(const char* name) { return fs::exists(root + "/lake/" + name); }

  std::string root;
  std::unique_ptr<DiskFaults> faults;
  std::unique_ptr<block::FileSystem> files;
  Fd folder;
};

TEST_F(PowerLossTest, WhatWasSyncedStays) {
  const Fd file = create("a");
  write(file, "synced");
  sync(file);
  sync_names();

  const PowerLoss loss = lose_power(1);

  EXPECT_EQ(content("a"), "synced");
  EXPECT_EQ(loss.files_cut + loss.names_undone, 0u);
  EXPECT_FALSE(fs::exists(root + "/ledger"));
}

TEST_F(PowerLossTest, WhatWasWrittenAfterTheLastSyncIsNoLongerWhole) {
  const Fd file = create("a");
  write(file, "synced");
  sync(file);
  sync_names();
  write(file, std::string(1000, 'x'));

  EXPECT_EQ(lose_power(1).files_cut, 1u);

  EXPECT_EQ(content("a").substr(0, 6), "synced");
  EXPECT_NE(content("a"), "synced" + std::string(1000, 'x'));
}

TEST_F(PowerLossTest, NamesThatTheFolderWasNotSyncedAfterMayBeGone) {
  bool was_gone = false, was_there = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    faults = make_disk_faults("ledger=" + root + "/ledger").value();
    files = block::make_failing_file_system(*faults);
    const Fd file = create("a");
    write(file, "synced");
    sync(file);

    lose_power(seed);

    was_gone |= !exists("a");
    was_there |= exists("a");
    fs::remove(root + "/lake/a");
  }
  EXPECT_TRUE(was_gone);
  EXPECT_TRUE(was_there);
}

TEST_F(PowerLossTest, ARemovedFileAndAReplacedOneComeBack) {
  for (const char* name : {"removed", "replaced", "new"}) {
    const Fd file = create(name);
    write(file, name);
    sync(file);
  }
  sync_names();
  ASSERT_EQ(files->unlink(folder.get(), "removed"), 0);
  ASSERT_EQ(files->rename(folder.get(), "new", folder.get(), "replaced"), 0);
  std::uint64_t seed = 0;  // one with which nothing of it is kept
  while (Dice(seed).next() % 100 >= 50) ++seed;

  EXPECT_EQ(lose_power(seed).names_undone, 2u);

  EXPECT_EQ(content("removed"), "removed");
  EXPECT_EQ(content("replaced"), "replaced");
  EXPECT_EQ(content("new"), "new");
}

TEST_F(PowerLossTest, BytesWhoseSyncFailedAreLostEvenIfALaterSyncSucceeds) {
  faults = make_disk_faults("ledger=" + root + "/ledger,errors-from=4,errors-to=5,error-percent=100").value();
  files = block::make_failing_file_system(*faults);
  const Fd file = create("a");
  write(file, "synced");
  sync(file);
  write(file, "rotten");
  EXPECT_EQ(files->sync_data(file.get()), -EIO);
  sync(file);
  sync_names();

  EXPECT_EQ(lose_power(1).files_cut, 1u);

  EXPECT_EQ(content("a").substr(0, 6), "synced");
  EXPECT_NE(content("a"), "syncedrotten");
}

}  // namespace
}  // namespace mere::torture
