#include "tree/trees.h"

#include <set>

#include "tree/apply.h"
#include "tree/compare_cursor.h"
#include "tree/diff_cursor.h"
#include "tree/merge.h"
#include "tree/tree_cursor.h"
#include "tree/tree_writer.h"

namespace mere::tree {

struct Trees::Impl {
  Impl(block::Store& store, const TreeOptions& options_, WorkQueue* workers_)
      : options(options_),
        workers(workers_),
        tables(store, options.prefix, options.open_tables, options.block_cache_bytes) {}

  TreeWriter writer(const block::Address& ns, const TableProperties& properties = {}) {
    return TreeWriter(tables, ns, options, workers, properties);
  }

  const TreeOptions options;
  WorkQueue* const workers;
  TableStore tables;
};

Trees::Trees(block::Store& store, const TreeOptions& options, WorkQueue* workers)
    : impl_(std::make_unique<Impl>(store, options, workers)) {}
Trees::~Trees() = default;

Result<Trees::Found> Trees::find(const block::Address& ns, const MetaRangeId& tree,
                                 std::string_view key) const {
  auto absent = [&] { return Error{Code::not_found, "no record at '" + std::string(key) + "'"}; };
  if (tree.empty()) return absent();
  ASSIGN_OR_RETURN(const auto metarange, impl_->tables.open(ns, tree.str()));
  ASSIGN_OR_RETURN(const auto line, metarange->find_at_or_after(key));
  if (!line.block) return absent();
  ASSIGN_OR_RETURN(const RangeView range, decode_range_value(line.value));
  if (key < range.min_key) return absent();

  ASSIGN_OR_RETURN(const auto table, impl_->tables.open(ns, range.id));
  ASSIGN_OR_RETURN(auto found, table->find(key));
  if (!found.block) return absent();
  std::string_view identity, data;
  if (!split_value(found.value, identity, data)) return table->corrupt("malformed record");
  return Found{std::move(found.block), identity, data};
}

std::unique_ptr<Cursor> Trees::scan(const block::Address& ns, const MetaRangeId& tree) const {
  return std::make_unique<TreeCursor>(impl_->tables, ns, tree);
}

Result<std::vector<Range>> Trees::ranges(const block::Address& ns, const MetaRangeId& tree) const {
  std::vector<Range> ranges;
  Walker walker(impl_->tables, ns, tree);
  for (; walker.valid(); walker.skip_range()) ranges.push_back(walker.range().to_range());
  RETURN_IF_ERROR(walker.status());
  return ranges;
}

std::unique_ptr<PairedChanges> Trees::pair(const block::Address& ns, const MetaRangeId& tree,
                                           std::unique_ptr<Cursor> changes, Expected expected) const {
  return std::make_unique<PairedChanges>(
      std::move(changes), [this, ns, tree] { return scan(ns, tree); }, std::move(expected), impl_->workers);
}

std::unique_ptr<DiffCursor> Trees::diff(const block::Address& ns, const MetaRangeId& left,
                                        const MetaRangeId& right) const {
  return std::make_unique<TreeDiffCursor>(impl_->tables, ns, left, right);
}

std::unique_ptr<DiffCursor> Trees::compare(const block::Address& ns, const MetaRangeId& left,
                                           const MetaRangeId& right, const MetaRangeId& base) const {
  if (left == base) return diff(ns, left, right);  // all differences are `right`'s doing
  return std::make_unique<CompareCursor>(impl_->tables, ns, left, right, base);
}

Result<Built> Trees::apply(const block::Address& ns, const MetaRangeId& base, Cursor& changes) {
  Walker walker(impl_->tables, ns, base, Walker::For::changing);
  TreeWriter writer = impl_->writer(ns);
  ASSIGN_OR_RETURN(const ChangeCounts counts, apply_changes(walker, changes, writer));
  if (!counts.any() && !base.empty()) return Built{base, counts, writer.count()};
  ASSIGN_OR_RETURN(const auto tree, writer.finish());
  return Built{tree.id, counts, tree.count};
}

namespace {

// What replacing one tree by another changes, by ranges that only one of them has.
Result<ChangeCounts> count_by_ranges(const std::vector<Range>& before, const std::vector<Range>& after) {
  ChangeCounts counts;
  std::set<RangeId> kept;
  for (const Range& range : before) kept.insert(range.id);
  for (const Range& range : after) {
    if (kept.erase(range.id) == 0) counts.added += range.count;
  }
  for (const Range& range : before) {
    if (kept.contains(range.id)) counts.removed += range.count;
  }
  return counts;
}

}  // namespace

Result<Built> Trees::merge(const block::Address& ns, const MetaRangeId& destination,
                           const MetaRangeId& source, const MetaRangeId& base, MergeStrategy strategy) {
  if (destination == base) {
    ASSIGN_OR_RETURN(const auto before, ranges(ns, destination));
    ASSIGN_OR_RETURN(const auto after, ranges(ns, source));
    ASSIGN_OR_RETURN(const ChangeCounts counts, count_by_ranges(before, after));
    std::int64_t count = 0;
    for (const Range& range : after) count += range.count;
    return Built{source, counts, count};
  }
  const ReplacedKeys none;
  SideWalker destination_walker(impl_->tables, ns, destination, none);
  SideWalker source_walker(impl_->tables, ns, source, none);
  BaseLookup base_lookup(impl_->tables, ns, base);
  TreeWriter writer = impl_->writer(ns);
  Merger merger(destination_walker, source_walker, base_lookup, strategy, writer);
  ASSIGN_OR_RETURN(const ChangeCounts counts, merger.run());
  ASSIGN_OR_RETURN(const auto tree, writer.finish());
  return Built{tree.id, counts, tree.count};
}

Result<Built> Trees::build(const block::Address& ns, Cursor& records, const TableProperties& properties) {
  TreeWriter writer = impl_->writer(ns, properties);
  ChangeCounts counts;
  for (; records.valid(); records.next()) {
    if (records.record().is_tombstone()) {
      return Error{Code::invalid_argument, "a tree is built of records, not of deletions"};
    }
    RETURN_IF_ERROR(writer.add(records.record()));
    ++counts.added;
  }
  RETURN_IF_ERROR(records.status());
  ASSIGN_OR_RETURN(const auto tree, writer.finish());
  return Built{tree.id, counts, tree.count};
}

Result<Built> Trees::replace(const block::Address& ns, const MetaRangeId& destination,
                             std::span<const std::string> replaced_prefixes,
                             std::span<const std::string> replaced_keys, const MetaRangeId& records) {
  const ReplacedKeys none;
  const ReplacedKeys replaced(replaced_prefixes, replaced_keys);
  SideWalker destination_walker(impl_->tables, ns, destination, replaced);
  SideWalker source_walker(impl_->tables, ns, records, none);
  BaseLookup base_lookup(impl_->tables, ns, MetaRangeId());
  TreeWriter writer = impl_->writer(ns);
  Merger merger(destination_walker, source_walker, base_lookup, MergeStrategy::source_wins, writer);
  ASSIGN_OR_RETURN(const ChangeCounts counts, merger.run());
  ASSIGN_OR_RETURN(const auto tree, writer.finish());
  return Built{tree.id, counts, tree.count};
}

std::string Trees::location(std::string_view table_id) const {
  return impl_->tables.location(table_id);
}

Status Trees::check_exists(const block::Address& ns, std::string_view table_id) const {
  return impl_->tables.check_exists(ns, table_id);
}

}  // namespace mere::tree
