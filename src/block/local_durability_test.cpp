// What a power failure would leave, told from the steps that were taken: a disk that keeps only what
// POSIX promises, which is less than any real one keeps.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "block/faulty_file_system.h"
#include "block/local_store.h"
#include "block/test_folder.h"

namespace mere::block {
namespace {

// Contents are kept as far as the last sync of the file, names as of the last sync of the folder.
class DiskModel {
 public:
  explicit DiskModel(const std::filesystem::path& root) {
    struct stat status{};
    ::stat(root.c_str(), &status);
    root_ = status.st_ino;
  }

  void play(const std::vector<Step>& steps) {
    for (const Step& step : steps) play(step);
  }
  // A name below the root that was made visible before its contents were safe.
  const std::string& fault() const { return fault_; }
  // The size of what is at `path` after a power failure; -1 if nothing is.
  std::int64_t durable_size(std::string_view path) const {
    ino_t at = root_;
    for (;;) {
      const std::string name(path.substr(0, path.find('/')));
      const auto found = durable_.find({at, name});
      if (found == durable_.end()) return -1;
      at = found->second;
      if (name.size() == path.size()) break;
      path.remove_prefix(name.size() + 1);
    }
    const auto size = synced_.find(at);
    return size == synced_.end() ? 0 : static_cast<std::int64_t>(size->second);
  }

 private:
  using Name = std::pair<ino_t, std::string>;

  void play(const Step& step) {
    switch (step.call) {
      case Call::create:
        sizes_[step.file] = 0;
        synced_.erase(step.file);
        names_[{step.folder, step.name}] = step.file;
        break;
      case Call::make_folder:
        names_[{step.folder, step.name}] = step.file;
        drop_names_of(step.file);
        break;
      case Call::write:
      case Call::truncate:
      case Call::copy_range:
        sizes_[step.file] = step.size_bytes;
        break;
      case Call::sync_data:
        synced_[step.file] = sizes_[step.file];
        break;
      case Call::sync_folder:
        std::erase_if(durable_, [&](const auto& entry) { return entry.first.first == step.folder; });
        for (const auto& [name, file] : names_)
          if (name.first == step.folder) durable_[name] = file;
        break;
      case Call::rename:
      case Call::rename_if_absent:
        names_[{step.to_folder, step.to_name}] = names_[{step.folder, step.name}];
        names_.erase({step.folder, step.name});
        look_at(step.to_folder, step.to_name);
        break;
      case Call::unlink:
      case Call::remove_folder:
        names_.erase({step.folder, step.name});
        break;
      default:
        break;
    }
  }
  void drop_names_of(ino_t folder) {
    std::erase_if(names_, [&](const auto& entry) { return entry.first.first == folder; });
    std::erase_if(durable_, [&](const auto& entry) { return entry.first.first == folder; });
  }
  // The disk may keep a name at once, though nobody asked: its contents must be safe by then.
  void look_at(ino_t folder, const std::string& name) {
    const ino_t file = names_[{folder, name}];
    const auto synced = synced_.find(file);
    if (sizes_.contains(file) && (synced == synced_.end() || synced->second != sizes_[file])) fault_ = name;
  }

  ino_t root_ = 0;
  std::map<Name, ino_t> names_;
  std::map<Name, ino_t> durable_;
  std::map<ino_t, std::uint64_t> sizes_;
  std::map<ino_t, std::uint64_t> synced_;
  std::string fault_;
};

class LocalDurability : public testing::Test {
 protected:
  LocalDurability() { store_ = *open_local_store({.root = root_.path().string()}, files_); }
  std::int64_t durable_size(std::string_view path) {
    model_.play(files_.steps());
    files_.forget_steps();
    EXPECT_EQ(model_.fault(), "");
    return model_.durable_size(path);
  }

  const TestFolder root_;
  FaultyFileSystem files_;
  std::unique_ptr<Store> store_;
  DiskModel model_{root_.path()};
};

TEST_F(LocalDurability, AFinishedObjectSurvivesWithAllItsFolders) {
  ASSERT_TRUE(write_all(*store_, {"local://lake/data/p/x"}, std::string(1000, 'x')));
  EXPECT_EQ(durable_size("lake/data/p/x"), 1000);

  ASSERT_TRUE(write_all(*store_, {"local://lake/data/p/y"}, std::string(100'000, 'y')));
  EXPECT_EQ(durable_size("lake/data/p/y"), 100'000);

  ASSERT_TRUE(write_all(*store_, {"local://lake/data/p/x"}, "replaced"));
  EXPECT_EQ(durable_size("lake/data/p/x"), 8);

  ASSERT_TRUE(write_all(*store_, {"local://lake/z"}, "", {.must_be_absent = true}));
  EXPECT_EQ(durable_size("lake/z"), 0);
}

TEST_F(LocalDurability, AnObjectInAFolderThatCameBackSurvives) {
  ASSERT_TRUE(write_all(*store_, {"local://lake/data/x"}, "text"));
  ASSERT_TRUE(store_->remove({"local://lake/data/x"}));

  ASSERT_TRUE(write_all(*store_, {"local://lake/data/y"}, "text"));

  EXPECT_EQ(durable_size("lake/data/y"), 4);
}

TEST_F(LocalDurability, AFolderMadeBySomeoneWhoDiedIsMadeDurableToo) {
  std::filesystem::create_directories(root_ / "lake/data");
  struct stat root{}, lake{};
  ::stat(root_.path().c_str(), &root);
  ::stat((root_ / "lake").c_str(), &lake);

  ASSERT_TRUE(write_all(*store_, {"local://lake/data/x"}, "text"));

  std::set<ino_t> synced;
  for (const Step& step : files_.steps())
    if (step.call == Call::sync_folder) synced.insert(step.folder);
  EXPECT_TRUE(synced.contains(root.st_ino));
  EXPECT_TRUE(synced.contains(lake.st_ino));
}

TEST_F(LocalDurability, ACopySurvives) {
  ASSERT_TRUE(write_all(*store_, {"local://lake/x"}, std::string(1000, 'x')));

  ASSERT_TRUE(store_->copy({"local://lake/x"}, {"local://other/y"}));

  EXPECT_EQ(durable_size("other/y"), 1000);
}

TEST_F(LocalDurability, UploadsAndWhatTheyMakeSurvive) {
  const Address address{"local://lake/x"};
  const std::string id = *store_->begin_upload(address);
  durable_size("");
  for (int number = 1; number <= 3; ++number) {
    auto writer = *store_->upload_part(address, id, number);
    ASSERT_TRUE(writer->append(bytes_of(std::string(1000, 'x'))));
    ASSERT_TRUE(writer->finish());
  }
  for (const auto& part : std::filesystem::recursive_directory_iterator(root_ / ".mere-uploads"))
    if (part.is_regular_file())
      EXPECT_EQ(durable_size(std::filesystem::relative(part.path(), root_.path()).string()), 1000);

  ASSERT_TRUE(store_->complete_upload(address, id, *store_->list_parts(address, id)));

  EXPECT_EQ(durable_size("lake/x"), 3000);
}

TEST_F(LocalDurability, ConcurrentWritesSurvive) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < 10; ++n)
        EXPECT_TRUE(
            write_all(*store_, {"local://lake/" + std::to_string(n) + "/" + std::to_string(i)}, "text"));
    });
  threads.clear();

  for (int i = 0; i < 8; ++i)
    for (int n = 0; n < 10; ++n)
      EXPECT_EQ(durable_size("lake/" + std::to_string(n) + "/" + std::to_string(i)), 4);
}

TEST_F(LocalDurability, ASmallObjectCostsTwoSyncs) {
  ASSERT_TRUE(write_all(*store_, {"local://lake/data/x"}, "text"));
  files_.forget_steps();

  ASSERT_TRUE(write_all(*store_, {"local://lake/data/y"}, "text"));

  EXPECT_EQ(files_.count(Call::sync_data), 1u);
  EXPECT_EQ(files_.count(Call::sync_folder), 1u);
  EXPECT_EQ(files_.count(Call::write), 1u);
  EXPECT_EQ(files_.count(Call::make_folder), 0u);
}

// Wherever a write is cut off, the address holds all of the old bytes or all of the new.
TEST_F(LocalDurability, AWriteThatDiesAtAnyStepIsAllOrNothing) {
  const std::string old_bytes(200'000, 'o');
  const std::string new_bytes(300'000, 'n');
  for (std::uint64_t step = 0; step < 40; ++step) {
    const std::string folder = "lake" + std::to_string(step);
    const Address kept{"local://" + folder + "/kept"};
    const Address fresh{"local://" + folder + "/deep/fresh"};
    ASSERT_TRUE(write_all(*store_, kept, old_bytes));
    files_.fail_step(step, EIO, true);

    const bool replaced = write_all(*store_, kept, new_bytes).has_value();
    const bool made = write_all(*store_, fresh, new_bytes).has_value();

    files_.fail_step(std::numeric_limits<std::uint64_t>::max(), 0);
    store_ = *open_local_store({.root = root_.path().string()}, files_);
    const std::string kept_bytes = *read_all(*store_, kept, 1u << 20);
    EXPECT_TRUE(kept_bytes == new_bytes || (kept_bytes == old_bytes && !replaced)) << step;
    const auto fresh_bytes = read_all(*store_, fresh, 1u << 20);
    EXPECT_TRUE(fresh_bytes ? *fresh_bytes == new_bytes : !made) << step;
    int objects = 0;
    ASSERT_TRUE(store_->list({"local://" + folder}, {}, [&](const Listed&) { return ++objects; }));
    EXPECT_EQ(objects, fresh_bytes ? 2 : 1) << step;
    if (made) return;  // not one step more
  }
  FAIL() << "it never came to its end";
}

TEST_F(LocalDurability, AnUploadThatDiesAtAnyStepIsCompleteOrStillThere) {
  for (std::uint64_t step = 0; step < 20; ++step) {
    const Address address{"local://lake/" + std::to_string(step)};
    const std::string id = *store_->begin_upload(address);
    for (int number = 1; number <= 2; ++number) {
      auto writer = *store_->upload_part(address, id, number);
      ASSERT_TRUE(writer->append(bytes_of(std::string(100, 'x'))));
      ASSERT_TRUE(writer->finish());
    }
    const auto parts = *store_->list_parts(address, id);
    files_.fail_step(step, EIO, true);

    const bool completed = store_->complete_upload(address, id, parts).has_value();

    files_.fail_step(std::numeric_limits<std::uint64_t>::max(), 0);
    store_ = *open_local_store({.root = root_.path().string()}, files_);
    const auto bytes = read_all(*store_, address, 1000);
    if (completed) {
      EXPECT_TRUE(bytes);
    }
    if (bytes) {
      EXPECT_EQ(*bytes, std::string(200, 'x'));
    }
    const auto again = store_->complete_upload(address, id, parts);
    EXPECT_TRUE(again || bytes) << step;
    EXPECT_EQ(*read_all(*store_, address, 1000), std::string(200, 'x'));
  }
}

// Its first sync fails, and is told of when it was tried.
class FirstSyncFails final : public FaultyFileSystem {
 public:
  int sync_data(int file) override {
    if (!is_first_.exchange(false)) return FaultyFileSystem::sync_data(file);
    tried.count_down();
    return -EIO;
  }
  std::latch tried{1};

 private:
  std::atomic<bool> is_first_{true};
};

// The system tells of lost bytes once: the sync at the end would succeed.
TEST(LocalDurabilityOfLargeObjects, ASyncThatFailsBeforeTheEndFailsTheObject) {
  const TestFolder root;
  FirstSyncFails files;
  const auto store = *open_local_store({.root = root.path().string()}, files);
  auto writer = *store->create({"local://lake/large"}, {});
  const std::string piece(1u << 20, 'x');
  for (int i = 0; i < 16; ++i) ASSERT_TRUE(writer->append(bytes_of(piece)));
  files.tried.wait();

  const auto written = writer->finish();

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::io_error);
  EXPECT_FALSE(store->stat({"local://lake/large"}));
}

}  // namespace
}  // namespace mere::block
