#include "kv/recent_reads.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace mere::kv {
namespace {

std::size_t hash_of(std::string_view key) {
  return std::hash<std::string_view>()(key);
}

}  // namespace

void RecentReads::Shard::drop(std::list<Slot>::iterator slot) {
  bytes -= slot->bytes();
  index.erase(slot->key);
  order.erase(slot);
}

std::optional<RecentReads::Value> RecentReads::get(std::string_view key, std::uint64_t& epoch) {
  Shard& shard = shard_of(hash_of(key));
  std::lock_guard lock(shard.mutex);
  epoch = shard.epoch;
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return std::nullopt;
  shard.order.splice(shard.order.begin(), shard.order, found->second);
  return found->second->value;
}

void RecentReads::put(std::string_view key, std::optional<std::string_view> value, std::uint64_t epoch) {
  if (value && value->size() > kMaxKept) return;
  const std::size_t hash = hash_of(key);
  Shard& shard = shard_of(hash);
  std::lock_guard lock(shard.mutex);
  // A write that ended meanwhile may have been of this key. One under way may be seen in the store already,
  // or not yet.
  if (shard.epoch != epoch || shard.all_being_written || shard.index.contains(key) ||
      std::ranges::find(shard.being_written, key) != shard.being_written.end())
    return;
  if (!value) {
    std::size_t& missed = shard.missed[hash / kShards % kMissed];
    if (std::exchange(missed, hash) != hash) return;
  }
  shard.order.push_front({std::string(key), Value(value)});
  shard.index.emplace(shard.order.front().key, shard.order.begin());
  shard.bytes += shard.order.front().bytes();
  while (shard.bytes > shard_capacity_) shard.drop(std::prev(shard.order.end()));
}

void RecentReads::begin_write(const std::vector<std::string_view>& keys) {
  for (const std::string_view key : keys) {
    Shard& shard = shard_of(hash_of(key));
    std::lock_guard lock(shard.mutex);
    if (const auto found = shard.index.find(key); found != shard.index.end()) shard.drop(found->second);
    shard.being_written.push_back(key);
  }
}

void RecentReads::begin_write_of_all() {
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    shard.index.clear();
    shard.order.clear();
    shard.bytes = 0;
    shard.all_being_written = true;
  }
}

void RecentReads::end_write() {
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    if (shard.being_written.empty() && !shard.all_being_written) continue;
    ++shard.epoch;
    shard.being_written.clear();
    shard.all_being_written = false;
  }
}

}  // namespace mere::kv
