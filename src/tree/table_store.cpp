#include "tree/table_store.h"

#include "base/hash.h"
#include "tree/record_value.h"

namespace mere::tree {
namespace {

constexpr std::size_t kComparedBytes = std::size_t{64} << 10;

Error gone(std::string_view id, const block::Address& ns) {
  return {Code::gone, "table " + std::string(id) + " is not in storage namespace " + ns.uri};
}

BlockKey block_key_of(const block::Address& address) {
  const std::string digest = sha256(address.uri + '\0' + address.storage_id);
  BlockKey key;
  key.table[0] = load_u64(digest.data());
  key.table[1] = load_u64(digest.data() + 8);
  return key;
}

}  // namespace

TableStore::TableStore(block::Store& store, std::string prefix, std::size_t open_tables,
                       std::size_t block_cache_bytes)
    : store_(store), prefix_(std::move(prefix)), tables_(open_tables), blocks_(block_cache_bytes) {}

std::string TableStore::location(std::string_view id) const {
  return prefix_ + "/" + std::string(id);
}

block::Address TableStore::address_of(const block::Address& ns, std::string_view id) const {
  return block::join(ns, location(id));
}

std::string TableStore::cache_key(const block::Address& ns, std::string_view id) {
  std::string key;
  key.reserve(ns.uri.size() + ns.storage_id.size() + 2 + id.size());
  key.append(ns.uri).append(1, '\0').append(ns.storage_id).append(1, '\0').append(id);
  return key;
}

Result<std::shared_ptr<const Table>> TableStore::open(const block::Address& ns, std::string_view id) const {
  const std::string key = cache_key(ns, id);
  if (auto table = tables_.get(key)) return table;

  if (!is_table_id(id)) return gone(id, ns);
  const block::Address address = address_of(ns, id);
  auto file = store_.open(address);
  if (!file) {
    if (file.error().code == Code::not_found) return gone(id, ns);
    return with_context("table " + std::string(id), std::move(file).error());
  }
  ASSIGN_OR_RETURN(auto table,
                   Table::open(*std::move(file), std::string(id), block_key_of(address), &blocks_));
  tables_.put(key, table, 1);
  return table;
}

Status TableStore::check_exists(const block::Address& ns, std::string_view id) const {
  if (!is_table_id(id)) return gone(id, ns);
  auto properties = store_.stat(address_of(ns, id));
  if (properties) return {};
  if (properties.error().code == Code::not_found) return gone(id, ns);
  return std::move(properties).error();
}

Status TableStore::put(const block::Address& ns, std::string_view id, std::string_view file) {
  const block::Address address = address_of(ns, id);
  {
    std::unique_lock lock(writing_mutex_);
    written_.wait(lock, [&] { return !writing_.contains(address); });
    writing_.insert(address);
  }
  Status status = write(address, file);
  if (status && file.size() <= Table::kMaxHeldBytes) keep_open(address, cache_key(ns, id), id, file);
  {
    std::lock_guard lock(writing_mutex_);
    writing_.erase(address);
  }
  written_.notify_all();
  return status;
}

// Whoever changes the tree next begins from it.
void TableStore::keep_open(const block::Address& address, const std::string& key, std::string_view id,
                           std::string_view file) {
  auto table = Table::open_bytes(std::string(file), std::string(id), block_key_of(address), &blocks_);
  if (table) tables_.put(key, *std::move(table), 1);
}

// Another size is a file of the same content in another form, or a damaged one. A small one may be what a
// power failure left of a write that was never acknowledged (docs/design/0005-small-objects.md): it is
// compared.
Result<bool> TableStore::is_there(const block::Address& address, std::string_view file) const {
  const auto reader = store_.open(address);
  if (!reader) {
    if (reader.error().code == Code::not_found) return false;
    return reader.error();
  }
  if ((*reader)->properties().size_bytes != file.size()) return false;
  if (file.size() > kComparedBytes) return true;
  std::string bytes(file.size(), '\0');
  ASSIGN_OR_RETURN(const std::size_t size, (*reader)->read_at(0, std::as_writable_bytes(std::span(bytes))));
  return size == file.size() && bytes == file;
}

Status TableStore::write(const block::Address& address, std::string_view file) {
  // Not written over: a rename that is not synced could leave less than what was there, and durable.
  ASSIGN_OR_RETURN(const bool there, is_there(address, file));
  if (there) return {};
  // Nobody reads a table before a record that names it is written.
  return block::write_all(
      store_, address, file,
      {.md5 = false, .write_once = true, .fresh_address = true, .expected_size_bytes = file.size()});
}

}  // namespace mere::tree
