// Immutable sorted trees of records: a metarange lists ranges, a range holds records. Every operation
// leaves its inputs as they are and costs in proportion to what it changes or shows.
//
// Any thread may call any method. Every method may answer `gone` (a table is missing from the
// namespace), `corrupt`, and what block::Store answers. A table that was written is durable by the next
// synced write to the lake's state; a failed call may leave tables that nothing refers to.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.h"
#include "base/result.h"
#include "block/store.h"
#include "tree/paired_changes.h"
#include "tree/types.h"

namespace mere::tree {

struct TreeOptions {
  std::string prefix = "_lakefs";  // folder of the tables below the namespace
  std::uint64_t min_range_size_bytes = 0;
  std::uint64_t max_range_size_bytes = 20u << 20;
  std::uint64_t range_raggedness_entries = 50'000;
  std::size_t block_cache_bytes = 16u << 20;  // decoded blocks, all namespaces together
  std::size_t open_tables = 256;              // tables kept open with their index
};

enum class MergeStrategy { none, source_wins, dest_wins };

// How many records an operation added, removed and changed against its base.
struct ChangeCounts {
  std::int64_t added = 0;
  std::int64_t removed = 0;
  std::int64_t changed = 0;
  bool any() const { return added + removed + changed > 0; }
};

struct Built {
  MetaRangeId id;
  ChangeCounts changes;
  std::int64_t count = 0;  // build(): records in the tree
};

// Properties that take part in the id of a refs dump (storage format, section 7); empty for objects.
using TableProperties = std::map<std::string, std::string>;

class Trees {
 public:
  // `store` and `workers` outlive the trees, and the trees outlive the cursors they hand out.
  // `workers` (or null) finishes ranges and writes them in parallel, and looks up ahead. It must be a queue
  // of its own, not one whose work calls Trees: filled by such work, it would wait for itself.
  Trees(block::Store& store, const TreeOptions& options, WorkQueue* workers = nullptr);
  ~Trees();
  Trees(const Trees&) = delete;

  // The record at `key`; `not_found`. `ns` is the storage namespace.
  struct Found {
    std::shared_ptr<const void> owner;  // of what the views are into
    std::string_view identity;
    std::string_view data;
  };
  Result<Found> find(const block::Address& ns, const MetaRangeId& tree, std::string_view key) const;

  // Stands on the first record. An unreadable tree shows in status().
  std::unique_ptr<Cursor> scan(const block::Address& ns, const MetaRangeId& tree) const;
  Result<std::vector<Range>> ranges(const block::Address& ns, const MetaRangeId& tree) const;

  // `changes` beside what the tree has under their keys; `expected` of them are looked up ahead.
  std::unique_ptr<PairedChanges> pair(const block::Address& ns, const MetaRangeId& tree,
                                      std::unique_ptr<Cursor> changes, Expected expected) const;

  // What `right` has other than `left`; ranges with equal ids are skipped. By identity only.
  std::unique_ptr<DiffCursor> diff(const block::Address& ns, const MetaRangeId& left,
                                   const MetaRangeId& right) const;
  // What `right` changed since `base`, shown against `left`; `conflict` where both changed a key differently.
  std::unique_ptr<DiffCursor> compare(const block::Address& ns, const MetaRangeId& left,
                                      const MetaRangeId& right, const MetaRangeId& base) const;

  // `base` with `changes` (tombstones delete) applied. With no effective change, answers `base` (for "",
  // the id of the tree that became empty), and changes.any() is false.
  Result<Built> apply(const block::Address& ns, const MetaRangeId& base, Cursor& changes);

  // Three-way merge. `conflict` if both sides changed a key and the strategy is none; the message names
  // the first such key. changes are against `destination`; of a range that is taken or dropped whole, they
  // count all records. With `base` equal to `destination`, answers `source` and writes nothing.
  Result<Built> merge(const block::Address& ns, const MetaRangeId& destination, const MetaRangeId& source,
                      const MetaRangeId& base, MergeStrategy strategy);

  // A new tree of `records` (strictly ascending keys, no tombstones): imports, refs dumps.
  Result<Built> build(const block::Address& ns, Cursor& records, const TableProperties& properties = {});

  // `destination` without the records under `replaced_prefixes` and at `replaced_keys`, with all of
  // `records` instead: the merge of an import (storage format, section 10).
  Result<Built> replace(const block::Address& ns, const MetaRangeId& destination,
                        std::span<const std::string> replaced_prefixes,
                        std::span<const std::string> replaced_keys, const MetaRangeId& records);

  // "_lakefs/<id>": where a table lies below the namespace.
  std::string location(std::string_view table_id) const;
  // `gone` if the table does not exist.
  Status check_exists(const block::Address& ns, std::string_view table_id) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mere::tree
