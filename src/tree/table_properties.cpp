#include "tree/table_properties.h"

#include <utility>

#include "base/wire.h"

namespace mere::tree {
namespace {

std::string little_endian_u32(std::uint32_t value) {
  std::string out;
  append_u32(out, value);
  return out;
}

std::string uvarint(std::uint64_t value) {
  std::string out;
  append_uvarint(out, value);
  return out;
}

}  // namespace

void append_plain_block(std::string& out, std::span<const NamedValue> names) {
  std::string_view last;
  for (const auto& [name, value] : names) {
    std::size_t shared = 0;
    while (shared < name.size() && shared < last.size() && name[shared] == last[shared]) ++shared;
    append_uvarint(out, shared);
    append_uvarint(out, name.size() - shared);
    append_uvarint(out, value.size());
    out.append(name, shared);
    out += value;
    last = name;
  }
  append_u32(out, 0);
  append_u32(out, 1);
}

void add_format_properties(std::vector<NamedValue>& all, const TableFacts& facts) {
  const auto add = [&](std::string_view name, std::string value) {
    all.emplace_back(name, std::move(value));
  };
  add(kIndexTypeProperty,
      little_endian_u32(facts.index_partitions == 0 ? kBinarySearchIndex : kTwoLevelIndex));
  add("rocksdb.block.based.table.prefix.filtering", "0");
  add("rocksdb.block.based.table.whole.key.filtering", "0");
  add("rocksdb.column.family.id", uvarint(0x7fffffff));
  add("rocksdb.comparator", "leveldb.BytewiseComparator");
  add("rocksdb.compression", "Snappy");
  add("rocksdb.compression_options",
      "window_bits=-14; level=32767; strategy=0; max_dict_bytes=0; zstd_max_train_bytes=0; enabled=0; ");
  add("rocksdb.creation.time", uvarint(0));
  add("rocksdb.data.size", uvarint(facts.data_bytes));
  add("rocksdb.deleted.keys", uvarint(0));
  add("rocksdb.external_sst_file.global_seqno", std::string(8, '\0'));
  add("rocksdb.external_sst_file.version", little_endian_u32(2));
  add("rocksdb.filter.size", uvarint(0));
  add("rocksdb.fixed.key.length", uvarint(0));
  add("rocksdb.format.version", uvarint(0));
  add(kIndexUserKeyProperty, uvarint(0));
  add("rocksdb.index.size", uvarint(facts.index_bytes));
  add(kIndexDeltaProperty, uvarint(0));
  add("rocksdb.merge.operands", uvarint(0));
  add("rocksdb.merge.operator", "pebble.concatenate");
  add("rocksdb.num.data.blocks", uvarint(facts.data_blocks));
  add("rocksdb.num.entries", uvarint(facts.entries));
  add("rocksdb.num.range-deletions", uvarint(0));
  add("rocksdb.oldest.key.time", uvarint(0));
  add("rocksdb.prefix.extractor.name", "nullptr");
  add("rocksdb.property.collectors", "[static]");
  add("rocksdb.raw.key.size", uvarint(facts.raw_key_bytes));
  add("rocksdb.raw.value.size", uvarint(facts.raw_value_bytes));
  if (facts.index_partitions > 0) {
    add("rocksdb.index.partitions", uvarint(facts.index_partitions));
    add("rocksdb.top-level.index.size", uvarint(facts.top_index_bytes));
  }
}

}  // namespace mere::tree
