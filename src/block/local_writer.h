// The Writer of local objects and of parts of uploads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "block/local_disk.h"
#include "block/local_file.h"
#include "block/store.h"

namespace mere::block {

// Makes a sealed file visible and durable; `md5` is its digest, if one was asked for.
using Publish = std::function<Status(LocalFile& file, const std::string& md5)>;

std::unique_ptr<Writer> make_local_writer(LocalDisk& disk, LocalFile file, bool md5, Publish publish);

struct PublishOptions {
  bool must_be_absent = false;
  bool sync_name = true;  // false: others make the name durable
};

// Publishes at `path` below the root, durably, whatever happens to its folder meanwhile.
// Errors: already_exists, no_space.
Status publish_object(LocalDisk& disk, LocalFile& file, const LocalPath& path, PublishOptions options,
                      const std::string& subject);

// The writer of an object at `path`. Small ones are kept by the disk's rider, and have no temporary name,
// where `options` allow it.
Result<std::unique_ptr<Writer>> make_object_writer(LocalDisk& disk, const LocalPath& path,
                                                   const std::string& subject, const WriteOptions& options);

}  // namespace mere::block
