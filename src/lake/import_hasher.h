// Reads files for the checksums that their store does not list, many at once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "lake/import_source.h"
#include "lake/tasks.h"

namespace mere::lake {

class ImportHasher {
 public:
  // Called by the threads, at the same time, with batches whose checksums are known.
  using Take = std::function<Status(const ImportBatch&)>;

  // `store` and `context` are borrowed. The threads are started when they are first needed.
  ImportHasher(const block::Store& store, const TaskContext& context, std::size_t threads, Take take);
  ~ImportHasher();  // what waits is dropped

  // Any thread. Waits while many batches wait. Answers the first error of any batch, then and ever after.
  Status add(ImportBatch batch);
  // When all that was added has been taken. Once, then no add.
  Status finish();

 private:
  void work();
  Status hash(ImportBatch& batch, std::vector<std::byte>& buffer) const;
  Status hash(ImportSource& source, std::vector<std::byte>& buffer) const;

  const block::Store& store_;
  const TaskContext& context_;
  const std::size_t wanted_threads_;
  const Take take_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ImportBatch> waiting_;
  bool finishing_ = false;
  std::optional<Error> failure_;
  std::vector<std::jthread> threads_;
};

}  // namespace mere::lake
