// A sorted map that keeps, while a cursor stands, the values the cursor may still have to show.
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <vector>

#include "kv/limits.h"
#include "kv/store.h"

namespace mere::kv {
namespace {

using Value = std::shared_ptr<const std::string>;  // null: erased

struct Version {
  std::uint64_t sequence;  // of the write that made it
  Value value;
};

class MemoryStore final : public Store {
 public:
  Result<std::optional<std::string>> get(std::string_view key) const override {
    std::shared_lock lock(mutex_);
    const Value value = latest(key);
    if (!value) return std::nullopt;
    return *value;
  }

  Status write(std::span<const Write> writes, Durability) override {
    RETURN_IF_ERROR(check_writes(writes));
    std::unique_lock lock(mutex_);
    for (const Write& write : writes) {
      const Value value = latest(write.key);
      if (!holds(write.condition, value ? std::optional<std::string_view>(*value) : std::nullopt)) {
        return conflict_on(write.key);
      }
    }
    sequence_ += 1;
    for (const Write& write : writes) {
      if (write.kind == Write::Kind::put) set(write.key, std::make_shared<const std::string>(write.value));
      if (write.kind == Write::Kind::erase) set(write.key, nullptr);
    }
    return {};
  }

  std::unique_ptr<Cursor> scan(std::string_view prefix) const override {
    return std::make_unique<MemoryCursor>(*this, prefix);
  }

  Status erase_prefix(std::string_view prefix) override {
    if (prefix.empty()) return Error{Code::invalid_argument, "erase_prefix needs a prefix"};
    std::unique_lock lock(mutex_);
    sequence_ += 1;
    for (auto item = items_.lower_bound(prefix); item != items_.end() && item->first.starts_with(prefix);) {
      const auto erased = item++;  // set() may remove it
      set(erased->first, nullptr);
    }
    return {};
  }

 private:
  using Items = std::map<std::string, std::vector<Version>, std::less<>>;

  // Looks its place up anew at every move: the map changes between them.
  class MemoryCursor final : public Cursor {
   public:
    MemoryCursor(const MemoryStore& store, std::string_view prefix) : store_(store), prefix_(prefix) {
      std::unique_lock lock(store_.mutex_);
      snapshot_ = store_.snapshots_.insert(store_.sequence_);
      settle(store_.items_.lower_bound(prefix_));
    }
    ~MemoryCursor() override {
      std::unique_lock lock(store_.mutex_);
      store_.snapshots_.erase(snapshot_);
      store_.collect();
    }
    bool valid() const override { return value_ != nullptr; }
    std::string_view key() const override { return key_; }
    std::string_view value() const override { return *value_; }
    void next() override {
      std::shared_lock lock(store_.mutex_);
      settle(store_.items_.upper_bound(key_));
    }
    void seek(std::string_view key) override {
      std::shared_lock lock(store_.mutex_);
      settle(store_.items_.lower_bound(std::max(key, std::string_view(prefix_))));
    }
    Status status() const override { return {}; }

   private:
    // On the first item from `item` on that the snapshot has. Under the lock.
    void settle(Items::const_iterator item) {
      value_ = nullptr;
      for (; item != store_.items_.end() && item->first.starts_with(prefix_); ++item) {
        for (auto version = item->second.rbegin(); version != item->second.rend(); ++version) {
          if (version->sequence > *snapshot_) continue;
          value_ = version->value;
          break;
        }
        if (!value_) continue;
        key_ = item->first;
        return;
      }
    }

    const MemoryStore& store_;
    const std::string prefix_;
    std::multiset<std::uint64_t>::iterator snapshot_;
    std::string key_;
    Value value_;
  };

  Value latest(std::string_view key) const {
    const auto item = items_.find(key);
    return item == items_.end() ? nullptr : item->second.back().value;
  }

  // As of `sequence_`. Under the lock, as is all below.
  void set(const std::string& key, Value value) {
    auto item = items_.find(key);
    if (item == items_.end()) {
      if (!value) return;
      item = items_.try_emplace(key).first;
    }
    if (snapshots_.empty()) item->second.clear();
    item->second.push_back({sequence_, std::move(value)});
    if (item->second.size() > 1)
      old_.insert(key);
    else if (!item->second.back().value)
      items_.erase(item);
  }

  // Drops what no cursor can show any more, once none stands.
  void collect() const {
    if (!snapshots_.empty()) return;
    for (const std::string& key : old_) {
      const auto item = items_.find(key);
      if (item == items_.end()) continue;
      if (!item->second.back().value)
        items_.erase(item);
      else
        item->second.erase(item->second.begin(), std::prev(item->second.end()));
    }
    old_.clear();
  }

  mutable std::shared_mutex mutex_;
  std::uint64_t sequence_ = 0;
  mutable Items items_;                             // no empty vectors
  mutable std::multiset<std::uint64_t> snapshots_;  // one for each cursor
  mutable std::set<std::string> old_;               // keys with more than one version
};

}  // namespace

std::unique_ptr<Store> make_memory_store() {
  return std::make_unique<MemoryStore>();
}

}  // namespace mere::kv
