// A file system for tests of crashes and faults: it does what another one does, counts and keeps the
// steps that change anything, and fails where it is told to.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "block/file_system.h"

namespace mere::block {

enum class Call {
  create,
  write,
  reserve,
  truncate,
  sync_data,
  sync_folder,
  sync_all,
  close,
  copy_range,
  rename,
  rename_if_absent,
  unlink,
  make_folder,
  remove_folder,
  read_at,
  read_folder,  // change nothing: they can fail, but are no steps
};

struct Step {
  Call call;
  ino_t file = 0;    // that was changed or synced; of make_folder: the new folder
  ino_t folder = 0;  // and `name` in it
  std::string name{};
  ino_t to_folder = 0;  // of a renaming
  std::string to_name{};
  std::uint64_t size_bytes = 0;  // of the file, after it
};

// Any thread may call any method.
class FaultyFileSystem : public FileSystem {
 public:
  explicit FaultyFileSystem(FileSystem& real = real_file_system()) : real_(real) {}

  // Every such call fails from now on; 0 ends it. `error` is a positive errno.
  void fail_calls(Call call, int error);
  // The step number `step` from now on (0 is the next) fails; with `for_good` all behind it too, as if
  // the process had died there.
  void fail_step(std::uint64_t step, int error, bool for_good = false);
  void fail_nothing();
  std::uint64_t count(Call call) const;
  std::vector<Step> steps() const;  // that succeeded, in order
  void forget_steps();

  int open_beneath(int folder, const char* path, int flags) override;
  int create(int folder, const char* name) override;
  ssize_t write(int file, std::span<const std::byte> bytes) override;
  ssize_t read_at(int file, std::uint64_t offset, std::span<std::byte> into) override;
  int reserve(int file, std::uint64_t size_bytes) override;
  int truncate(int file, std::uint64_t size_bytes) override;
  int sync_data(int file) override;
  int sync_folder(int folder) override;
  int sync_all(int file) override;
  int close(int file) override;
  ssize_t copy_range(int from, std::uint64_t offset, int to, std::uint64_t size_bytes) override;
  int rename(int folder, const char* name, int to_folder, const char* to_name) override;
  int rename_if_absent(int folder, const char* name, int to_folder, const char* to_name) override;
  int unlink(int folder, const char* name) override;
  int make_folder(int folder, const char* name) override;
  int remove_folder(int folder, const char* name) override;
  int stat(int file, struct stat& into) override;
  int stat_name(int folder, const char* name, struct stat& into) override;
  int read_folder(int folder, const std::function<void(const char*, unsigned char)>& visit) override;
  int free_bytes(int file, std::uint64_t& into) override;

 private:
  int fault(Call call, bool is_step = true);
  void keep(Step step);
  ino_t inode(int file, std::uint64_t* size_bytes = nullptr);

  FileSystem& real_;
  mutable std::mutex mutex_;
  std::map<Call, int> failing_;
  std::map<Call, std::uint64_t> counts_;
  std::uint64_t until_fault_ = std::numeric_limits<std::uint64_t>::max();
  int step_error_ = 0;
  bool for_good_ = false;
  std::vector<Step> steps_;
};

}  // namespace mere::block
