// What the parts of the local store share: the paths, the open folders, the temporary names.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "block/file_system.h"
#include "block/helpers.h"
#include "block/local_folders.h"
#include "block/local_path.h"
#include "block/local_rider.h"
#include "block/local_temp.h"
#include "block/store.h"

namespace mere::block {

// Any thread may call any method.
class LocalDisk {
 public:
  // Makes the root where it is missing, durably. `files` outlives the disk.
  static Result<std::unique_ptr<LocalDisk>> open(const LocalOptions& options, FileSystem& files);

  // Opens for reading; a symbolic link may lead anywhere that an address may. `subject` is for the error.
  Result<Fd> open_path(const LocalPath& path, int flags, std::string_view subject) const;

  FileSystem& files;
  const LocalPaths paths;
  LocalFolders folders;
  LocalTemp temp;
  LocalRider rider;
  Helpers helpers;

 private:
  LocalDisk(const LocalOptions& options, FileSystem& files, Fd root);
  Fd open_beneath(const LocalPath& path, int flags) const;
  std::string absolute(const LocalPath& path) const;
};

Properties properties_of(const struct stat& status);

}  // namespace mere::block
