#include "tree/verify.h"

#include <optional>
#include <vector>

#include "tree/record_value.h"
#include "tree/table.h"
#include "tree/table_format.h"
#include "tree/table_id.h"

namespace mere::tree {
namespace {

// The id covers what a table is, not what its writer or the format noted when it was full.
bool is_outside_the_id(std::string_view name) {
  return name.starts_with("rocksdb.") || name.starts_with("pebble.") || name == kMinKeyProperty ||
         name == kMaxKeyProperty || name == kCountProperty || name == kEstimateProperty;
}

}  // namespace

TableVerifier::TableVerifier(const block::Store& store, std::string prefix, OnTable on_table,
                             std::size_t remembered)
    : store_(store), prefix_(std::move(prefix)), on_table_(std::move(on_table)), read_(remembered) {}

block::Address TableVerifier::address_of(const block::Address& ns, const std::string& id) const {
  return block::join(ns, prefix_ + "/" + id);
}

Status TableVerifier::read(const block::Address& address, const std::string& id,
                           const std::function<Status(std::string_view key, std::string_view value)>& visit,
                           Status& stopped) {
  auto file = store_.open(address);
  if (!file && file.error().code == Code::not_found)
    return Error{Code::gone, "table " + id + " is not at " + address.uri};
  if (!file) return std::move(file).error();
  if (on_table_) {
    if (auto allowed = on_table_((*file)->properties().size_bytes); !allowed) {
      stopped = allowed.error();
      return std::move(allowed).error();
    }
  }
  ++tables_;
  ASSIGN_OR_RETURN(const auto table, Table::open(*std::move(file), id, BlockKey{}, nullptr));

  TableIdHasher hasher;
  std::optional<std::string> previous;
  TableCursor cursor(table);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next()) {
    if (previous && cursor.key() <= *previous) return table->corrupt("its keys are not in order");
    previous.emplace(cursor.key());
    hasher.add(cursor.key(), cursor.value());
    RETURN_IF_ERROR(visit(cursor.key(), cursor.value()));
  }
  if (!cursor.status()) return cursor.status().error();

  ASSIGN_OR_RETURN(auto properties, table->read_properties());
  std::erase_if(properties, [](const auto& property) { return is_outside_the_id(property.first); });
  if (const std::string found = hasher.finish(properties); found != id)
    return table->corrupt("its records are those of table " + found);
  return {};
}

Status TableVerifier::verify(const block::Address& ns, const MetaRangeId& tree, const OnProblem& on_problem,
                             const OnRecord& on_record) {
  if (tree.empty() || !read_.insert(tree.str())) return {};
  const block::Address address = address_of(ns, tree.str());
  if (!is_table_id(tree.str())) {
    on_problem({tree.str(), address, {Code::corrupt, "'" + tree.str() + "' is not the id of a table"}});
    return {};
  }
  std::vector<Range> ranges;
  Status stopped;
  const Status status = read(
      address, tree.str(),
      [&](std::string_view key, std::string_view value) -> Status {
        ASSIGN_OR_RETURN(const RangeView range, decode_range_record(key, value));
        if (!ranges.empty() && range.min_key <= ranges.back().max_key)
          return Error{Code::corrupt, "range " + std::string(range.id) + " overlaps the one before it"};
        ranges.push_back(range.to_range());
        return {};
      },
      stopped);
  RETURN_IF_ERROR(std::move(stopped));
  if (!status) on_problem({tree.str(), address, status.error()});
  for (const Range& range : ranges) RETURN_IF_ERROR(read_range(ns, range, on_problem, on_record));
  return {};
}

Status TableVerifier::read_range(const block::Address& ns, const Range& range, const OnProblem& on_problem,
                                 const OnRecord& on_record) {
  const std::string& id = range.id.str();
  if (!read_.insert(id)) return {};
  const block::Address address = address_of(ns, id);
  std::int64_t count = 0;
  std::string first;
  std::string last;
  Status stopped;
  const auto on_value = [&](std::string_view key, std::string_view value) -> Status {
    Record record{.key = key};
    if (!split_value(value, record.identity, record.data) || record.is_tombstone())
      return Error{Code::corrupt, "the value of '" + std::string(key) + "' is malformed"};
    if (count++ == 0) first = key;
    last = key;
    ++records_;
    if (auto visited = on_record(record); !visited) {
      stopped = visited.error();
      return std::move(visited).error();
    }
    return {};
  };
  Status status = read(address, id, on_value, stopped);
  RETURN_IF_ERROR(std::move(stopped));
  if (status && (count != range.count || first != range.min_key || last != range.max_key))
    status = Error{Code::corrupt, "range " + id + " does not hold what its metarange says"};
  if (!status) on_problem({id, address, status.error()});
  return {};
}

}  // namespace mere::tree
