// Ordered map of byte strings with compare-and-set: branch heads, staged entries, users, runs.
// Object bytes live in block::Store.
//
// Any thread may call any method. Every method may also answer `unavailable` (the store cannot be
// reached), `io_error`, `no_space` or `corrupt`: after such an error of write() the writes may have
// happened, all of them or none. Keys are 1 to 4096 bytes, values up to 16 MiB, the writes of one call
// up to 64 MiB; a store may be shared by several servers.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mere {
class SharedLog;
}

namespace mere::kv {

inline constexpr std::size_t kMaxKey = 4096;
inline constexpr std::size_t kMaxValue = std::size_t{16} << 20;
inline constexpr std::size_t kMaxWrites = std::size_t{64} << 20;  // keys and values of one write()

// What must be true of a key for a batch of writes to happen. Equality is by value: values that are
// swung (branches) carry a random part, so that an old value does not come back.
struct Condition {
  enum class Kind { any, absent, equals };
  Kind kind = Kind::any;
  std::string value{};  // of `equals`

  static Condition any() { return {}; }
  static Condition absent() { return {Kind::absent, {}}; }
  static Condition equals(std::string value) { return {Kind::equals, std::move(value)}; }
  // For a value that get() answered: the key still has it, or is still missing.
  static Condition unchanged(const std::optional<std::string>& read) {
    return read ? equals(*read) : absent();
  }
};

struct Write {
  enum class Kind { put, erase, check };
  Kind kind;
  std::string key;
  std::string value{};
  Condition condition{};

  static Write put(std::string key, std::string value, Condition condition = {}) {
    return {Kind::put, std::move(key), std::move(value), std::move(condition)};
  }
  static Write erase(std::string key, Condition condition = {}) {
    return {Kind::erase, std::move(key), {}, std::move(condition)};
  }
  static Write check(std::string key, Condition condition) {
    return {Kind::check, std::move(key), {}, std::move(condition)};
  }
};

enum class Durability {
  synced,   // on disk when the call returns; concurrent writers share an fsync
  ordered,  // on disk no later than the next synced write of any thread; for steps that a later one seals
};

// A walk in key order over the keys with one prefix, over the state at the time it was made (a shared
// store may show later writes to keys not yet reached). One thread. Views hold until the next move.
// Goes before its store does; while it stands, the state it shows cannot be freed: keep it briefly.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual bool valid() const = 0;               // false at the end and after an error
  virtual std::string_view key() const = 0;     // requires valid(); whole, prefix included
  virtual std::string_view value() const = 0;   // requires valid()
  virtual void next() = 0;                      // requires valid()
  virtual void seek(std::string_view key) = 0;  // to the first key >= `key` (whole), forwards or back
  virtual Status status() const = 0;            // why valid() is false: success at the end
};

class Store {
 public:
  virtual ~Store() = default;

  // nullopt if the key is missing. What is read may be relied on after a crash, unless an `ordered` write
  // put it there.
  virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;

  // All writes happen, or none: `conflict` if a condition does not hold. Keys are distinct.
  // No writes at all, synced: whatever was `ordered` is on disk when it returns.
  // Errors also: invalid_argument for a key that is empty or there twice, too_large over a limit above.
  virtual Status write(std::span<const Write> writes, Durability durability = Durability::synced) = 0;

  // As write(), without keeping this thread until writers before it are done. `told` is called once with what
  // write() would have answered, by any thread, perhaps before this returns. It may neither wait, for other
  // writers do, nor throw. Every call of it is over before the store goes.
  virtual void write_later(std::vector<Write> writes, Durability durability,
                           std::function<void(Status)> told) {
    told(write(writes, durability));
  }

  // Stands on the first key with `prefix`.
  virtual std::unique_ptr<Cursor> scan(std::string_view prefix) const = 0;

  // Erases every key with `prefix` (not empty), at a cost that does not grow with their number where
  // the store can. Not atomic: readers may see a part gone. On disk when the call returns.
  // Errors also: invalid_argument for an empty prefix.
  virtual Status erase_prefix(std::string_view prefix) = 0;
};

// For tests and throw-away lakes.
std::unique_ptr<Store> make_memory_store();

struct RocksDbOptions {
  std::string path;  // a folder, created if missing
  std::size_t block_cache_bytes = 8u << 20;
  std::size_t write_buffer_bytes = 16u << 20;
  bool sync_writes = true;  // false: Durability::synced is `ordered` (tests only)
  // Where the log is damaged before its end: go on with what lies before the damage, and lose the rest.
  bool cut_damaged_log = false;
  // Carried in the write-ahead log, by its next write each, and handed back when that is found at opening.
  // Outlives the store.
  SharedLog* shared_log = nullptr;
};
// One process at a time may have a folder open. Errors: `unavailable` if another has, naming the folder;
// io_error, no_space, corrupt.
Result<std::unique_ptr<Store>> open_rocksdb_store(const RocksDbOptions& options);

// One write.
inline Status put(Store& store, std::string key, std::string value, Condition condition = {}) {
  const Write write = Write::put(std::move(key), std::move(value), std::move(condition));
  return store.write({&write, 1});
}
inline Status erase(Store& store, std::string key, Condition condition = {}) {
  const Write write = Write::erase(std::move(key), std::move(condition));
  return store.write({&write, 1});
}

}  // namespace mere::kv
