#include "block/faulty_file_system.h"

#include <fcntl.h>

#include <cerrno>

#include "base/fd.h"

namespace mere::block {

void FaultyFileSystem::fail_calls(Call call, int error) {
  std::lock_guard lock(mutex_);
  failing_[call] = error;
}

void FaultyFileSystem::fail_step(std::uint64_t step, int error, bool for_good) {
  std::lock_guard lock(mutex_);
  until_fault_ = step;
  step_error_ = error;
  for_good_ = for_good;
}

void FaultyFileSystem::fail_nothing() {
  std::lock_guard lock(mutex_);
  until_fault_ = std::numeric_limits<std::uint64_t>::max();
  failing_.clear();
}

std::uint64_t FaultyFileSystem::count(Call call) const {
  std::lock_guard lock(mutex_);
  const auto found = counts_.find(call);
  return found == counts_.end() ? 0 : found->second;
}

std::vector<Step> FaultyFileSystem::steps() const {
  std::lock_guard lock(mutex_);
  return steps_;
}

void FaultyFileSystem::forget_steps() {
  std::lock_guard lock(mutex_);
  steps_.clear();
  counts_.clear();
}

// 0 if the call may go on.
int FaultyFileSystem::fault(Call call, bool is_step) {
  std::lock_guard lock(mutex_);
  ++counts_[call];
  if (const auto found = failing_.find(call); found != failing_.end() && found->second != 0)
    return -found->second;
  if (!is_step) return 0;
  if (until_fault_ == 0) {
    if (!for_good_) until_fault_ = std::numeric_limits<std::uint64_t>::max();
    return -step_error_;
  }
  if (until_fault_ != std::numeric_limits<std::uint64_t>::max()) --until_fault_;
  return 0;
}

void FaultyFileSystem::keep(Step step) {
  std::lock_guard lock(mutex_);
  steps_.push_back(std::move(step));
}

ino_t FaultyFileSystem::inode(int file, std::uint64_t* size_bytes) {
  struct stat status{};
  real_.stat(file, status);
  if (size_bytes) *size_bytes = static_cast<std::uint64_t>(status.st_size);
  return status.st_ino;
}

int FaultyFileSystem::open_beneath(int folder, const char* path, int flags) {
  return real_.open_beneath(folder, path, flags);
}
int FaultyFileSystem::create(int folder, const char* name) {
  if (const int error = fault(Call::create)) return error;
  const int file = real_.create(folder, name);
  if (file >= 0) keep({Call::create, inode(file), inode(folder), name});
  return file;
}
ssize_t FaultyFileSystem::write(int file, std::span<const std::byte> bytes) {
  if (const int error = fault(Call::write)) return error;
  const ssize_t result = real_.write(file, bytes);
  Step step{Call::write};
  step.file = inode(file, &step.size_bytes);
  if (result >= 0) keep(std::move(step));
  return result;
}
ssize_t FaultyFileSystem::read_at(int file, std::uint64_t offset, std::span<std::byte> into) {
  if (const int error = fault(Call::read_at, false)) return error;
  return real_.read_at(file, offset, into);
}
int FaultyFileSystem::reserve(int file, std::uint64_t size_bytes) {
  if (const int error = fault(Call::reserve)) return error;
  return real_.reserve(file, size_bytes);
}
int FaultyFileSystem::truncate(int file, std::uint64_t size_bytes) {
  if (const int error = fault(Call::truncate)) return error;
  const int result = real_.truncate(file, size_bytes);
  if (result >= 0) keep({Call::truncate, inode(file), 0, {}, 0, {}, size_bytes});
  return result;
}
int FaultyFileSystem::sync_data(int file) {
  if (const int error = fault(Call::sync_data)) return error;
  const int result = real_.sync_data(file);
  Step step{Call::sync_data};
  step.file = inode(file, &step.size_bytes);
  if (result >= 0) keep(std::move(step));
  return result;
}
int FaultyFileSystem::sync_folder(int folder) {
  if (const int error = fault(Call::sync_folder)) return error;
  const int result = real_.sync_folder(folder);
  if (result >= 0) keep({Call::sync_folder, 0, inode(folder)});
  return result;
}
int FaultyFileSystem::sync_all(int file) {
  if (const int error = fault(Call::sync_all)) return error;
  const int result = real_.sync_all(file);
  if (result >= 0) keep({Call::sync_all});
  return result;
}
int FaultyFileSystem::close(int file) {
  const int error = fault(Call::close);
  const int result = real_.close(file);  // even when it fails, the descriptor is gone
  return error ? error : result;
}
ssize_t FaultyFileSystem::copy_range(int from, std::uint64_t offset, int to, std::uint64_t size_bytes) {
  if (const int error = fault(Call::copy_range)) return error;
  const ssize_t result = real_.copy_range(from, offset, to, size_bytes);
  Step step{Call::copy_range};
  step.file = inode(to, &step.size_bytes);
  if (result >= 0) keep(std::move(step));
  return result;
}
int FaultyFileSystem::rename(int folder, const char* name, int to_folder, const char* to_name) {
  if (const int error = fault(Call::rename)) return error;
  const int result = real_.rename(folder, name, to_folder, to_name);
  if (result >= 0) keep({Call::rename, 0, inode(folder), name, inode(to_folder), to_name});
  return result;
}
int FaultyFileSystem::rename_if_absent(int folder, const char* name, int to_folder, const char* to_name) {
  if (const int error = fault(Call::rename_if_absent)) return error;
  const int result = real_.rename_if_absent(folder, name, to_folder, to_name);
  if (result >= 0) keep({Call::rename_if_absent, 0, inode(folder), name, inode(to_folder), to_name});
  return result;
}
int FaultyFileSystem::unlink(int folder, const char* name) {
  if (const int error = fault(Call::unlink)) return error;
  const int result = real_.unlink(folder, name);
  if (result >= 0) keep({Call::unlink, 0, inode(folder), name});
  return result;
}
int FaultyFileSystem::make_folder(int folder, const char* name) {
  if (const int error = fault(Call::make_folder)) return error;
  const int result = real_.make_folder(folder, name);
  if (result >= 0) {
    const Fd made(real_.open_beneath(folder, name, O_RDONLY | O_DIRECTORY));
    keep({Call::make_folder, made ? inode(made.get()) : 0, inode(folder), name});
  }
  return result;
}
int FaultyFileSystem::remove_folder(int folder, const char* name) {
  if (const int error = fault(Call::remove_folder)) return error;
  const int result = real_.remove_folder(folder, name);
  if (result >= 0) keep({Call::remove_folder, 0, inode(folder), name});
  return result;
}
int FaultyFileSystem::stat(int file, struct stat& into) {
  return real_.stat(file, into);
}
int FaultyFileSystem::stat_name(int folder, const char* name, struct stat& into) {
  return real_.stat_name(folder, name, into);
}
int FaultyFileSystem::read_folder(int folder, const std::function<void(const char*, unsigned char)>& visit) {
  if (const int error = fault(Call::read_folder, false)) return error;
  return real_.read_folder(folder, visit);
}
int FaultyFileSystem::free_bytes(int file, std::uint64_t& into) {
  return real_.free_bytes(file, into);
}

}  // namespace mere::block
