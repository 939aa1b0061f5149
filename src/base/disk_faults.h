// A disk that fails on purpose, in a server that `mere torture` has started: who touches the disk (kv, block)
// asks before each step how it is to go, and tells of it. Nothing of it is there in normal operation.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "base/result.h"

namespace mere {

// Any thread may call any method.
class DiskFaults {
 public:
  enum class Step { write, sync, change_names };
  struct Fate {
    int error = 0;  // an errno with which it fails; 0: it succeeds
    // Of a write: so many bytes are written first, at most.
    std::size_t bytes = std::numeric_limits<std::size_t>::max();
  };
  virtual ~DiskFaults() = default;

  virtual Fate before(Step step, std::size_t bytes = 0) = 0;

  // For the ledger, from which a power failure is made after a kill: what had not been synced goes. Names are
  // absolute paths, and told of before they change; sizes are told of after.
  virtual void wrote(ino_t file, std::uint64_t size_bytes) = 0;
  virtual void synced(ino_t file, std::uint64_t size_bytes) = 0;  // the size before the sync began
  virtual void failed_to_sync(ino_t file, std::uint64_t size_bytes) = 0;
  virtual void synced_folder(const std::string& folder) = 0;
  virtual void synced_all() = 0;
  virtual void makes(const std::string& path) = 0;  // a file or a folder
  virtual void renames(const std::string& from, const std::string& to) = 0;
  virtual void removes(const std::string& path) = 0;
};

// `plan`: "key=number" separated by commas, and "ledger=<file>":
//   seed          of all chance
//   room          bytes that can be written until the disk is full
//   full-for      so many steps are refused, then there is room again; without it there never is
//   errors-from, errors-to   the steps (counted from 0) that may fail with EIO
//   error-percent how many of them do
//   short-percent how many writes are short without being errors
//   ledger        the file that is told everything; files that were removed are kept in "<file>.kept"
// Errors: invalid_argument, io_error (the ledger).
Result<std::unique_ptr<DiskFaults>> make_disk_faults(const std::string& plan);

}  // namespace mere
