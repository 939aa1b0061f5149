#include "block/failing_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace mere::block {
namespace {

class FailingFileSystem final : public FileSystem {
 public:
  FailingFileSystem(DiskFaults& faults, FileSystem& real) : faults_(faults), real_(real) {}

  int open_beneath(int folder, const char* path, int flags) override {
    return real_.open_beneath(folder, path, flags);
  }
  int create(int folder, const char* name) override {
    if (const int error = changes_names()) return error;
    faults_.makes(path_of(folder, name));
    return real_.create(folder, name);
  }
  ssize_t write(int file, std::span<const std::byte> bytes) override {
    const DiskFaults::Fate fate = faults_.before(DiskFaults::Step::write, bytes.size());
    ssize_t written = 0;
    const std::size_t part = std::min(fate.bytes, bytes.size());
    if (fate.error == 0 || part > 0) written = real_.write(file, bytes.first(part));
    tell_of(file);
    return fate.error ? -fate.error : written;
  }
  ssize_t read_at(int file, std::uint64_t offset, std::span<std::byte> into) override {
    return real_.read_at(file, offset, into);
  }
  int reserve(int file, std::uint64_t size_bytes) override { return real_.reserve(file, size_bytes); }
  int truncate(int file, std::uint64_t size_bytes) override {
    if (const int error = -faults_.before(DiskFaults::Step::write, 1).error) return error;
    const int result = real_.truncate(file, size_bytes);
    tell_of(file);
    return result;
  }
  int sync_data(int file) override {
    struct stat status{};
    real_.stat(file, status);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    int result = -faults_.before(DiskFaults::Step::sync).error;
    if (result == 0) result = real_.sync_data(file);
    result == 0 ? faults_.synced(status.st_ino, size) : faults_.failed_to_sync(status.st_ino, size);
    return result;
  }
  int sync_folder(int folder) override {
    int result = -faults_.before(DiskFaults::Step::sync).error;
    if (result == 0) result = real_.sync_folder(folder);
    if (result == 0) faults_.synced_folder(path_of(folder));
    return result;
  }
  int sync_all(int file) override {
    int result = -faults_.before(DiskFaults::Step::sync).error;
    if (result == 0) result = real_.sync_all(file);
    if (result == 0) faults_.synced_all();
    return result;
  }
  int close(int file) override { return real_.close(file); }
  ssize_t copy_range(int from, std::uint64_t offset, int to, std::uint64_t size_bytes) override {
    const DiskFaults::Fate fate = faults_.before(DiskFaults::Step::write, size_bytes);
    if (fate.error) return -fate.error;
    const ssize_t copied =
        real_.copy_range(from, offset, to, std::min<std::uint64_t>(fate.bytes, size_bytes));
    tell_of(to);
    return copied;
  }
  int rename(int folder, const char* name, int to_folder, const char* to_name) override {
    if (const int error = changes_names()) return error;
    faults_.renames(path_of(folder, name), path_of(to_folder, to_name));
    return real_.rename(folder, name, to_folder, to_name);
  }
  int rename_if_absent(int folder, const char* name, int to_folder, const char* to_name) override {
    if (const int error = changes_names()) return error;
    struct stat there{};
    if (real_.stat_name(to_folder, to_name, there) != 0)
      faults_.renames(path_of(folder, name), path_of(to_folder, to_name));
    return real_.rename_if_absent(folder, name, to_folder, to_name);
  }
  int unlink(int folder, const char* name) override {
    if (const int error = changes_names()) return error;
    faults_.removes(path_of(folder, name));
    return real_.unlink(folder, name);
  }
  int make_folder(int folder, const char* name) override {
    if (const int error = changes_names()) return error;
    struct stat there{};
    if (real_.stat_name(folder, name, there) != 0) faults_.makes(path_of(folder, name));
    return real_.make_folder(folder, name);
  }
  int remove_folder(int folder, const char* name) override { return real_.remove_folder(folder, name); }
  int stat(int file, struct stat& into) override { return real_.stat(file, into); }
  int stat_name(int folder, const char* name, struct stat& into) override {
    return real_.stat_name(folder, name, into);
  }
  int read_folder(int folder, const std::function<void(const char*, unsigned char)>& visit) override {
    return real_.read_folder(folder, visit);
  }
  int free_bytes(int file, std::uint64_t& into) override { return real_.free_bytes(file, into); }

 private:
  int changes_names() { return -faults_.before(DiskFaults::Step::change_names).error; }
  void tell_of(int file) {
    struct stat status{};
    if (real_.stat(file, status) == 0)
      faults_.wrote(status.st_ino, static_cast<std::uint64_t>(status.st_size));
  }
  static std::string path_of(int folder) {
    std::error_code unknown;
    return std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", folder), unknown).string();
  }
  static std::string path_of(int folder, const char* name) { return path_of(folder) + "/" + name; }

  DiskFaults& faults_;
  FileSystem& real_;
};

}  // namespace

std::unique_ptr<FileSystem> make_failing_file_system(DiskFaults& faults, FileSystem& real) {
  return std::make_unique<FailingFileSystem>(faults, real);
}

}  // namespace mere::block
