// The tables of all namespaces: where they lie, which are open, and how new ones are laid down.
//
// Any thread may call any method.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/lru_cache.h"
#include "base/result.h"
#include "block/store.h"
#include "tree/table.h"
#include "tree/table_rooms.h"

namespace mere::tree {

class TableStore {
 public:
  // `store` outlives this. `prefix` is the folder of tables below a namespace.
  TableStore(block::Store& store, std::string prefix, std::size_t open_tables, std::size_t block_cache_bytes);

  // Below the namespace.
  std::string location(std::string_view id) const;

  // Errors: `gone` if there is no such table, `corrupt`, and those of block::Store.
  Result<std::shared_ptr<const Table>> open(const block::Address& ns, std::string_view id) const;
  Status check_exists(const block::Address& ns, std::string_view id) const;

  // Durable when it returns, a small one with the next synced write to the lake's state
  // (block::WriteOptions). A table that is there already is not written again: its name says its content.
  // A small one stays open: it is what is changed next.
  Status put(const block::Address& ns, std::string_view id, std::string_view file);

  TableRooms& rooms() { return rooms_; }

 private:
  Status write(const block::Address& address, std::string_view file);
  Result<bool> is_there(const block::Address& address, std::string_view file) const;
  void keep_open(const block::Address& address, const std::string& key, std::string_view id,
                 std::string_view file);
  static std::string cache_key(const block::Address& ns, std::string_view id);
  block::Address address_of(const block::Address& ns, std::string_view id) const;

  block::Store& store_;
  std::string prefix_;
  mutable LruCache<std::string, Table> tables_;
  mutable BlockCache blocks_;
  TableRooms rooms_;

  // Addresses that are being written by this process. A file may be seen before it is durable, so
  // whoever would skip a write waits for the one under way.
  std::mutex writing_mutex_;
  std::condition_variable written_;
  std::set<block::Address> writing_;
};

}  // namespace mere::tree
