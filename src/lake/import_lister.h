// Lists the sources of an import and makes records of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "block/store.h"
#include "lake/imports.h"
#include "lake/record_sorter.h"
#include "lake/tasks.h"

namespace mere::lake {

class ImportLister {
 public:
  // `store`, `options`, `context` and `sorter` are borrowed; `storage_id` names the store of several that
  // the locations are in. Files whose checksum the store does not list are read by `hash_threads` threads.
  ImportLister(const block::Store& store, std::string storage_id, const ImportOptions& options,
               TaskContext& context, RecordSorter& sorter);

  // Adds a record for each object of `location`; `rank` decides between equal paths (larger wins).
  Status add(const ImportLocation& location, std::uint32_t rank);
  std::int64_t count() const { return count_; }  // of objects found, over all locations

 private:
  struct Source {
    std::string path;  // in the repository
    block::Address address;
    block::Properties properties;
  };

  Status add_folder(const ImportLocation& location, std::uint32_t rank);
  Status add_object(const ImportLocation& location, std::uint32_t rank);
  Status flush(std::uint32_t rank);
  Status compute_checksums();
  Result<std::string> checksum_of(const block::Address& address) const;

  const block::Store& store_;
  const std::string storage_id_;
  const ImportOptions& options_;
  TaskContext& context_;
  RecordSorter& sorter_;
  std::vector<Source> batch_;
  std::int64_t count_ = 0;
};

// "a/b" becomes "a/b/"; "" stays.
std::string as_folder(std::string path);

}  // namespace mere::lake
