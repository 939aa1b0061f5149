// Names for files that are not visible yet: a folder of this process below `root`/.mere-tmp, and the
// removal of what processes left there that are no more. Made with the first name that is asked for,
// so that a store which only reads leaves no trace.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "block/file_system.h"

namespace mere::block {

// Removes a folder that holds files only. Answers 0 or a negative errno.
int remove_flat_folder(FileSystem& files, int parent, const std::string& name);

// Any thread may call any method.
class LocalTemp {
 public:
  // `files` and `root` outlive it.
  LocalTemp(FileSystem& files, const Fd& root) : files_(files), root_(root) {}
  ~LocalTemp();

  // Removes the leftovers of dead processes; those of living ones are locked.
  void clean();

  // For as long as the caller keeps it.
  Result<std::shared_ptr<const Fd>> folder();
  void renew_folder();     // if somebody removed it
  std::string new_name();  // unique in folder(), and with a prefix of the process's own in any other

 private:
  Result<Fd> open_all() const;  // .mere-tmp, made if need be
  void remove_dead(int all);

  FileSystem& files_;
  const Fd& root_;
  std::mutex mutex_;
  std::shared_ptr<const Fd> own_;  // locked as long as this process lives
  std::string own_name_;
  std::atomic<std::uint64_t> next_{0};
};

}  // namespace mere::block
