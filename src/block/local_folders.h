// The folders that objects are written into: open, and known to be durable.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/lru_cache.h"
#include "base/result.h"
#include "block/file_system.h"
#include "block/group_sync.h"

namespace mere::block {

// An open folder that stays on the disk through a power failure, its parents too. When it has been
// removed meanwhile, making a name in it answers -ENOENT: then forget() it.
struct Folder {
  Folder(FileSystem& files, Fd opened, bool sync);

  int sync_names() const { return names.sync(); }

  const Fd fd;
  const dev_t device;
  mutable GroupSync names;
};

// Any thread may call any method. Paths are relative to the root: "a/b", "" for the root itself.
class LocalFolders {
 public:
  // `files` outlives it. Without `sync`, nothing is made durable.
  LocalFolders(FileSystem& files, Fd root, bool sync);

  const Fd& root() const { return root_->fd; }
  // Whether files can be renamed between the root and the folder.
  bool on_root_device(const Folder& folder) const { return folder.device == root_->device; }
  bool sync() const { return sync_; }
  // The folder, made where it is missing. Errors: no_space, invalid_argument (an object is in the way).
  Result<std::shared_ptr<const Folder>> make(std::string_view path) {
    if (!written_into_.load(std::memory_order_relaxed)) written_into_ = true;
    return open(path, true);
  }
  bool written_into() const { return written_into_; }  // whether make() was ever called
  // The folder if it exists. Errors: not_found.
  Result<std::shared_ptr<const Folder>> find(std::string_view path) { return open(path, false); }
  void forget(std::string_view path) { open_.erase(std::string(path)); }

 private:
  Result<std::shared_ptr<const Folder>> open(std::string_view path, bool make);

  FileSystem& files_;
  const bool sync_;
  std::atomic<bool> written_into_ = false;
  const std::shared_ptr<const Folder> root_;
  LruCache<std::string, Folder> open_;
};

}  // namespace mere::block
