// The system calls that the local store makes, one virtual function each, so that a test can fail,
// record or cut short any of them. Not for other drivers, and no place for logic.
//
// As in the kernel: a result is >= 0, or a negative errno. Calls that a signal interrupted are repeated.
// Folders and files are descriptors; a name is one path component. Any thread may call any method.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace mere::block {

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Opens `path` below `folder`, which may lead through symbolic links only as long as it stays below:
  // else -EXDEV. "" is the folder itself.
  virtual int open_beneath(int folder, const char* path, int flags) = 0;
  // A new file for reading and writing; -EEXIST.
  virtual int create(int folder, const char* name) = 0;

  virtual ssize_t write(int file, std::span<const std::byte> bytes) = 0;  // at the end; maybe less than all
  virtual ssize_t read_at(int file, std::uint64_t offset, std::span<std::byte> into) = 0;
  virtual int reserve(int file, std::uint64_t size_bytes) = 0;  // room, without changing the size
  virtual int truncate(int file, std::uint64_t size_bytes) = 0;
  virtual int sync_data(int file) = 0;      // contents and size
  virtual int sync_folder(int folder) = 0;  // the names in it
  virtual int sync_all(int file) = 0;       // all contents and names on its file system
  virtual int close(int file) = 0;
  // Appends bytes of `from` to `to` inside the kernel, sharing them where the disk can; maybe fewer.
  virtual ssize_t copy_range(int from, std::uint64_t offset, int to, std::uint64_t size_bytes) = 0;

  virtual int rename(int folder, const char* name, int to_folder, const char* to_name) = 0;  // replaces
  virtual int rename_if_absent(int folder, const char* name, int to_folder,
                               const char* to_name) = 0;  // -EEXIST
  virtual int unlink(int folder, const char* name) = 0;
  virtual int make_folder(int folder, const char* name) = 0;    // -EEXIST
  virtual int remove_folder(int folder, const char* name) = 0;  // -ENOTEMPTY

  virtual int stat(int file, struct stat& into) = 0;
  virtual int stat_name(int folder, const char* name, struct stat& into) = 0;  // a symbolic link itself
  // Every name in the folder but "." and "..", in no order, with its d_type (maybe DT_UNKNOWN).
  virtual int read_folder(int folder,
                          const std::function<void(const char* name, unsigned char type)>& visit) = 0;
  virtual int free_bytes(int file, std::uint64_t& into) = 0;
};

// The operating system's. Lives as long as the process.
FileSystem& real_file_system();

}  // namespace mere::block
