// What was read last of a store that one process writes: records that every request reads, such as those of
// a repository and a branch, are answered from memory. Never older than what a finished write left, and never
// older than what anybody has read before.
//
// Any thread may call get(), epoch() and put(); one at a time writes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mere::kv {

class RecentReads {
 public:
  // `capacity_bytes` of keys and values, the least recently used go first. Only values up to kMaxKept.
  static constexpr std::size_t kMaxKept = 4096;
  explicit RecentReads(std::size_t capacity_bytes) : shard_capacity_(capacity_bytes / kShards) {}

  using Value = std::optional<std::string>;  // nullopt: the store does not have the key

  // nullopt: not known here. Then `epoch` is what put() takes with what the store answers.
  std::optional<Value> get(std::string_view key, std::uint64_t& epoch);
  // Keeps what was read since get(), unless the key was or is being written meanwhile. That a key is missing
  // is kept when it is read a second time: a setting that nobody made is asked for by every request, a path
  // that is not there mostly once.
  void put(std::string_view key, std::optional<std::string_view> value, std::uint64_t epoch);

  // Around a write, from before it can be seen until after: of these keys nothing is known meanwhile.
  // `end` takes the keys that `begin` got; views hold until then.
  void begin_write(const std::vector<std::string_view>& keys);
  void end_write();
  // The same for any number of unknown keys.
  void begin_write_of_all();

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kMissed = 64;
  struct Slot {
    std::string key;
    Value value;
    std::size_t bytes() const { return key.size() + (value ? value->size() : 0); }
  };
  struct Shard {
    std::mutex mutex;
    std::list<Slot> order;  // the most recent first
    std::unordered_map<std::string_view, std::list<Slot>::iterator> index;
    std::size_t bytes = 0;
    std::uint64_t epoch = 0;  // of writes that ended
    std::vector<std::string_view> being_written;
    bool all_being_written = false;
    std::array<std::size_t, kMissed> missed{};  // hashes of keys that were missing of late

    void drop(std::list<Slot>::iterator slot);
  };

  Shard& shard_of(std::size_t hash) { return shards_[hash % kShards]; }

  const std::size_t shard_capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace mere::kv
