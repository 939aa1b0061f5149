// Removes what DeleteRange leaves behind.
//
// A range erased in RocksDB is a mark that every read must look at until a compaction has carried it to
// the last level; many of them make reads slow, and RocksDB 7.8 does not hurry for their sake. So they
// are counted, and once there are a few, their ranges are compacted on a thread of this class's own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace rocksdb {
class DB;
}

namespace mere::kv {

// Any thread may call add().
class RangeCompactor {
 public:
  static constexpr std::size_t kKept = 16;  // marks that reads may have to look at

  explicit RangeCompactor(rocksdb::DB& db);  // `db` outlives the compactor
  ~RangeCompactor();                         // gives up what it is at
  // [begin, end) has been erased.
  void add(std::string begin, std::string end);

 private:
  void work();
  std::uint64_t marks_in_files() const;

  rocksdb::DB& db_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<std::string, std::string>> erased_;
  std::atomic<bool> closing_{false};
  std::thread thread_;  // started with the first work there is
};

}  // namespace mere::kv
