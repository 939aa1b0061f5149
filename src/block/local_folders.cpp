#include "block/local_folders.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "block/local_error.h"

namespace mere::block {
namespace {

constexpr std::size_t kFoldersKeptOpen = 256;  // a quarter of the usual limit of open files
// Another thread or process may remove an empty folder again and again between our steps.
constexpr int kAttempts = 64;

dev_t device_of(FileSystem& files, const Fd& folder) {
  struct stat status{};
  files.stat(folder.get(), status);
  return status.st_dev;
}

}  // namespace

Folder::Folder(FileSystem& files, Fd opened, bool sync)
    : fd(std::move(opened)),
      device(device_of(files, fd)),
      names([&files, folder = fd.get(), sync] { return sync ? files.sync_folder(folder) : 0; }) {}

LocalFolders::LocalFolders(FileSystem& files, Fd root, bool sync)
    : files_(files),
      sync_(sync),
      root_(std::make_shared<const Folder>(files, std::move(root), sync)),
      open_(kFoldersKeptOpen) {}

Result<std::shared_ptr<const Folder>> LocalFolders::open(std::string_view path, bool make) {
  if (path.empty()) return root_;
  const std::string key(path);
  if (auto known = open_.get(key)) return known;

  const std::size_t slash = path.rfind('/');
  const std::string_view parent_path = slash == path.npos ? std::string_view() : path.substr(0, slash);
  const std::string name(slash == path.npos ? path : path.substr(slash + 1));
  int failure = -ENOENT;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Folder> parent, open(parent_path, make));
    if (make) failure = files_.make_folder(parent->fd.get(), name.c_str());
    if (make && failure == -ENOENT) {
      forget(parent_path);
      continue;
    }
    if (make && failure < 0 && failure != -EEXIST) return disk_error(failure, "make the folder", path);
    // From the root, since a link on the way may lead up as well as down.
    Fd fd(files_.open_beneath(root_->fd.get(), key.c_str(), O_RDONLY | O_DIRECTORY));
    if (!fd) {
      failure = fd.get();
      if (failure == -ENOENT && make) continue;
      return disk_error(failure, "open the folder", path);
    }
    // A folder that was there already may be younger than its parent's last sync: whoever made it,
    // perhaps a process that died, may not have got that far.
    if ((failure = parent->sync_names()) < 0) return disk_error(failure, "sync the folder of", path);
    auto folder = std::make_shared<const Folder>(files_, std::move(fd), sync_);
    open_.put(key, folder, 1);
    return folder;
  }
  return disk_error(failure, "make the folder", path);
}

}  // namespace mere::block
