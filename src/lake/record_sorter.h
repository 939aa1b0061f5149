// Sorts more records than fit into memory: full buffers go to a temporary file as sorted runs, which are
// merged while they are read. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "tree/types.h"

namespace mere::lake {

struct SorterOptions {
  std::size_t memory_bytes = 64u << 20;  // what may wait in memory before it is written as a run
  std::size_t max_runs = 64;             // more are merged into one; each run has a read buffer
  std::string folder;  // for temporary files, which are gone when the sorter is; "": the system's
};

class RecordSorter {
 public:
  explicit RecordSorter(SorterOptions options = {});
  ~RecordSorter();

  // Of several records with one key, the one with the largest `rank` stays.
  // Errors: `no_space`, `io_error` of the temporary folder.
  Status add(std::string_view key, std::uint32_t rank, std::string_view identity, std::string_view data);

  // The records in key order, each key once. Once; then no add. The sorter outlives the cursor, which only
  // moves forwards (seek() to an earlier key stays where it is).
  Result<std::unique_ptr<tree::Cursor>> sorted();

 private:
  struct Run;
  class FileSource;
  class MemorySource;
  class Merge;
  struct Slot {
    std::size_t offset;    // in buffer_, of the encoded record
    std::uint32_t key_at;  // behind that
    std::uint32_t key_size;
    std::uint32_t rank;
  };

  Status spill();
  Status merge_runs();
  void sort_buffer();

  SorterOptions options_;
  std::string buffer_;  // encoded records
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<Run>> runs_;
};

}  // namespace mere::lake
