#include "tree/table_properties.h"

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

void append_plain_block(std::string& out, const std::map<std::string, std::string>& names) {
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

void add_format_properties(std::map<std::string, std::string>& all, const TableFacts& facts) {
  all[std::string(kIndexTypeProperty)] =
      little_endian_u32(facts.index_partitions == 0 ? kBinarySearchIndex : kTwoLevelIndex);
  all["rocksdb.block.based.table.prefix.filtering"] = "0";
  all["rocksdb.block.based.table.whole.key.filtering"] = "0";
  all["rocksdb.column.family.id"] = uvarint(0x7fffffff);
  all["rocksdb.comparator"] = "leveldb.BytewiseComparator";
  all["rocksdb.compression"] = "Snappy";
  all["rocksdb.compression_options"] =
      "window_bits=-14; level=32767; strategy=0; max_dict_bytes=0; zstd_max_train_bytes=0; enabled=0; ";
  all["rocksdb.creation.time"] = uvarint(0);
  all["rocksdb.data.size"] = uvarint(facts.data_bytes);
  all["rocksdb.deleted.keys"] = uvarint(0);
  all["rocksdb.external_sst_file.global_seqno"] = std::string(8, '\0');
  all["rocksdb.external_sst_file.version"] = little_endian_u32(2);
  all["rocksdb.filter.size"] = uvarint(0);
  all["rocksdb.fixed.key.length"] = uvarint(0);
  all["rocksdb.format.version"] = uvarint(0);
  all[std::string(kIndexUserKeyProperty)] = uvarint(0);
  all["rocksdb.index.size"] = uvarint(facts.index_bytes);
  all[std::string(kIndexDeltaProperty)] = uvarint(0);
  all["rocksdb.merge.operands"] = uvarint(0);
  all["rocksdb.merge.operator"] = "pebble.concatenate";
  all["rocksdb.num.data.blocks"] = uvarint(facts.data_blocks);
  all["rocksdb.num.entries"] = uvarint(facts.entries);
  all["rocksdb.num.range-deletions"] = uvarint(0);
  all["rocksdb.oldest.key.time"] = uvarint(0);
  all["rocksdb.prefix.extractor.name"] = "nullptr";
  all["rocksdb.property.collectors"] = "[static]";
  all["rocksdb.raw.key.size"] = uvarint(facts.raw_key_bytes);
  all["rocksdb.raw.value.size"] = uvarint(facts.raw_value_bytes);
  if (facts.index_partitions > 0) {
    all["rocksdb.index.partitions"] = uvarint(facts.index_partitions);
    all["rocksdb.top-level.index.size"] = uvarint(facts.top_index_bytes);
  }
}

}  // namespace mere::tree
