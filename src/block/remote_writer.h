// Writes one object to a remote store: a small one in one request, a large one in parts that are sent by
// threads that all writers of the store share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/executor.h"
#include "block/remote_payload.h"
#include "block/store.h"

namespace mere::block {

struct SentPart {
  int number = 0;  // from 1, without gaps
  std::string id;  // what the service calls it: an ETag, a block id
  std::uint64_t size_bytes = 0;
};

// One object, as a driver sends it: either put_whole(), or begin(), put_part() for each part, then complete()
// or abort(). Each is called at most once a part, on one thread at a time but for put_part(). Each repeats
// its requests as it needs.
class RemoteUpload {
 public:
  virtual ~RemoteUpload() = default;
  // `md5`: raw, of the payload; "" if nobody has computed it. Errors: already_exists.
  virtual Status put_whole(std::shared_ptr<const Payload> payload, const std::string& md5) = 0;
  virtual Status begin() = 0;
  // Any thread, several at once. Answers the part's id.
  virtual Result<std::string> put_part(int number, std::shared_ptr<const Payload> payload) = 0;
  virtual Status complete(std::span<const SentPart> parts) = 0;  // already_exists
  virtual void abort() = 0;                                      // of what begin() began, as far as possible
};

struct RemoteWriteLimits {
  std::size_t part_bytes = 8u << 20;            // grows for huge objects
  std::size_t max_parts = 10'000;               // of an object
  std::size_t parts_at_once = 4;                // of a writer: it waits for one of them before it goes on
  std::size_t threads = 16;                     // that send parts
  std::size_t memory_bytes = 512u << 20;        // of all writers; past it, bytes wait in temporary files
  std::size_t writer_memory_bytes = 16u << 20;  // of one part; its rest waits in a file
  std::string spool_folder;                     // "": the system's for temporary files
};

// Threads and memory that the writers of a store share; outlives them. What was given up is still cleaned up
// when it goes.
class RemoteWriters {
 public:
  explicit RemoteWriters(RemoteWriteLimits limits);

  std::unique_ptr<Writer> write(std::shared_ptr<RemoteUpload> upload, const WriteOptions& options);
  // A payload in the making, within the same limits: for a part, which has to be whole before it is sent.
  PayloadBuilder new_payload();
  const RemoteWriteLimits& limits() const { return limits_; }

 private:
  const RemoteWriteLimits limits_;
  MemoryBudget budget_;
  const std::unique_ptr<WorkQueue> threads_;  // last: its work uses the others
};

// The size of part `number` of an object of that expected size: equal parts of `part_bytes`, or larger ones
// where half of max_parts of them would not hold it; without a size, or past it, it doubles every tenth of
// max_parts.
std::uint64_t part_size(const RemoteWriteLimits& limits, int number,
                        std::optional<std::uint64_t> expected_size_bytes);

}  // namespace mere::block
