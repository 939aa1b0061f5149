// Lists the sources of an import and makes records of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "lake/import_hasher.h"
#include "lake/import_source.h"
#include "lake/imports.h"
#include "lake/record_sorter.h"

namespace mere::lake {

class ImportLister {
 public:
  // `store`, `options`, `context` and `sorter` are borrowed; `storage_id` names the store of several that
  // the locations are in. Folders are listed by `list_threads` threads; files whose checksum the store does
  // not list are read by `hash_threads` threads.
  ImportLister(const block::Store& store, std::string storage_id, const ImportOptions& options,
               TaskContext& context, RecordSorter& sorter);

  // Has a record added for each object of `location`; `rank` decides between equal paths (larger wins).
  Status add(const ImportLocation& location, std::uint32_t rank);
  // When the sorter has all of them. Once, then no add.
  Status finish() { return hasher_.finish(); }
  std::int64_t count() const { return kept_; }  // of records added, over all locations

 private:
  Status add_folder(const ImportLocation& location, std::uint32_t rank);
  Status add_object(const ImportLocation& location, std::uint32_t rank);
  // These from many threads at once.
  Status pass_on(ImportBatch batch);
  Status keep(const ImportBatch& batch);

  const block::Store& store_;
  const std::string storage_id_;
  const ImportOptions& options_;
  TaskContext& context_;
  std::mutex mutex_;  // guards the sorter
  RecordSorter& sorter_;
  std::atomic<std::int64_t> kept_{0};
  ImportHasher hasher_;  // last: its threads use the others
};

// "a/b" becomes "a/b/"; "" stays.
std::string as_folder(std::string path);

}  // namespace mere::lake
