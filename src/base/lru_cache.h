// A bounded cache of immutable values, shared by threads: entries cost what the caller says, and the
// least recently used go first.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/adaptive_mutex.h"

namespace mere {

// Any thread may call any method; a lock is held for a map operation only, in one of 16 shards.
template <class Key, class Value, class Hash = std::hash<Key>>
class LruCache {
 public:
  // `capacity`: the sum of costs that is kept, in the caller's unit (bytes, or entries at cost 1).
  explicit LruCache(std::size_t capacity) : shard_capacity_(capacity / kShards + 1) {}

  // Null if absent.
  std::shared_ptr<const Value> get(const Key& key) {
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    auto found = shard.index.find(key);
    if (found == shard.index.end()) return nullptr;
    shard.order.splice(shard.order.begin(), shard.order, found->second);
    return found->second->value;
  }

  void put(const Key& key, std::shared_ptr<const Value> value, std::size_t cost) {
    if (cost > shard_capacity_) return;
    Shard& shard = shard_of(key);
    Order dropped, added;  // destroyed and made without the lock
    added.push_front(Slot{key, std::move(value), cost});
    std::lock_guard lock(shard.mutex);
    if (auto found = shard.index.find(key); found != shard.index.end()) drop(shard, found->second, dropped);
    shard.order.splice(shard.order.begin(), added);
    shard.index.emplace(key, shard.order.begin());
    shard.cost += cost;
    while (shard.cost > shard_capacity_) drop(shard, std::prev(shard.order.end()), dropped);
  }

  void erase(const Key& key) {
    Shard& shard = shard_of(key);
    Order dropped;
    std::lock_guard lock(shard.mutex);
    if (auto found = shard.index.find(key); found != shard.index.end()) drop(shard, found->second, dropped);
  }

  std::size_t cost() const {
    std::size_t sum = 0;
    for (const Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      sum += shard.cost;
    }
    return sum;
  }

 private:
  static constexpr std::size_t kShards = 16;
  struct Slot {
    Key key;
    std::shared_ptr<const Value> value;
    std::size_t cost;
  };
  using Order = std::list<Slot>;
  struct Shard {
    mutable AdaptiveMutex mutex;
    Order order;
    std::unordered_map<Key, typename Order::iterator, Hash> index;
    std::size_t cost = 0;
  };

  Shard& shard_of(const Key& key) {
    const std::size_t hash = Hash()(key);
    return shards_[(hash ^ (hash >> 17)) % kShards];
  }
  void drop(Shard& shard, typename Order::iterator slot, Order& dropped) {
    shard.cost -= slot->cost;
    shard.index.erase(slot->key);
    dropped.splice(dropped.begin(), shard.order, slot);
  }

  std::size_t shard_capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace mere
