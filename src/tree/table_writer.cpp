#include "tree/table_writer.h"

#include <algorithm>
#include <array>

namespace mere::tree {
namespace {

constexpr std::size_t kLargestHandle = 20;
// Of an index entry beside its key: three sizes of 5 bytes at most, a trailer, the handle, a restart point.
constexpr std::size_t kLargestIndexEntry = 3 * 5 + kKeyTrailerBytes + kLargestHandle + 4;
// Data blocks that are kept as they are; a range of ordinary entries has half of it.
constexpr std::size_t kMostClosed = std::size_t{1} << 20;

// A short key that is >= `a` and < `b`, to stand between two blocks; `a` itself if there is none shorter.
std::string_view separator_between(std::string_view a, std::string_view b, std::string& scratch) {
  const std::size_t shorter = std::min(a.size(), b.size());
  std::size_t i = 0;
  while (i < shorter && a[i] == b[i]) ++i;
  if (i == shorter) return a;
  const auto at = [](std::string_view s, std::size_t n) { return static_cast<unsigned char>(s[n]); };
  if (at(a, i) >= at(b, i)) return a;
  if (i + 1 < b.size() || at(a, i) + 1 < at(b, i)) {
    scratch.assign(a.substr(0, i + 1));
  } else {
    // `a` cut here and counted up would be `b`: count up a later byte.
    std::size_t j = i + 1;
    while (j < a.size() && at(a, j) == 0xff) ++j;
    if (j == a.size()) return a;
    scratch.assign(a.substr(0, j + 1));
  }
  ++scratch.back();
  return scratch;
}

// A short key that is >= `a`, to stand after the last block.
std::string_view successor_of(std::string_view a, std::string& scratch) {
  const std::size_t i = a.find_first_not_of('\xff');
  if (i == std::string_view::npos) return a;
  scratch.assign(a.substr(0, i + 1));
  ++scratch.back();
  return scratch;
}

// Its own trailer for a record's key, the separators' for a made-up one. Compared, not asked whether
// it was changed: a successor may be as long as the key and smaller than it looks.
std::uint64_t trailer_for(std::string_view separator, std::string_view key) {
  return separator.size() <= key.size() && separator > key ? kSeparatorTrailer : kSetTrailer;
}

// Of a block of ours, what stands before its restart points.
std::string_view entries_of(std::string_view block) {
  const std::uint32_t restarts = load_u32(block.data() + block.size() - 4);
  return block.substr(0, block.size() - 4 - 4 * std::size_t{restarts});
}

}  // namespace

Error out_of_order() {
  return {Code::corrupt, "records are not in ascending order of their keys"};
}

TableWriter::TableWriter(std::map<std::string, std::string> properties, TableRoom room)
    : properties_(std::move(properties)),
      closed_(std::move(room.blocks)),
      stored_(std::move(room.stored)),
      file_(std::move(room.file)) {
  closed_.clear();
  stored_.clear();
  file_.clear();
}

Status TableWriter::add(std::string_view key, std::string_view value) {
  if (count_ == 0) {
    min_key_ = key;
  } else if (key <= data_.last_key()) {
    return out_of_order();
  }
  if (data_.must_close_before(key.size(), value.size())) close_data_block_before(key);
  adopted_.clear();
  data_.add(key, kSetTrailer, value);
  ++count_;
  facts_.raw_key_bytes += key.size() + kKeyTrailerBytes;
  facts_.raw_value_bytes += value.size();
  return {};
}

Status TableWriter::add_block(const StoredBlock& block, const BlockSummary& summary) {
  if (count_ == 0) {
    min_key_ = summary.first_key;
  } else if (summary.first_key <= data_.last_key()) {
    return out_of_order();
  }
  if (!data_.empty()) close_data_block_before(summary.first_key);
  data_.adopt(block.block, summary.records, summary.last_key);
  adopted_ = block.bytes;
  count_ += static_cast<std::int64_t>(summary.records);
  facts_.raw_key_bytes += summary.raw_key_bytes;
  facts_.raw_value_bytes += summary.raw_value_bytes;
  return {};
}

void TableWriter::close_data_block_before(std::string_view key) {
  std::string scratch;
  const std::string_view last = data_.last_key();
  const std::string_view separator = separator_between(last, key, scratch);
  close_data_block(separator, trailer_for(separator, last));
}

void TableWriter::close_data_block(std::string_view separator, std::uint64_t trailer) {
  const std::size_t begin = closed_.size();
  data_.finish(closed_);
  const std::size_t size = closed_.size() - begin;
  unwritten_.push_back({size, std::string(separator), trailer, adopted_.size()});
  stored_ += adopted_;
  adopted_.clear();
  unwritten_bytes_ += size + kTrailerBytes + separator.size() + kLargestIndexEntry;
  if (closed_.size() >= kMostClosed) write_data_blocks();
}

void TableWriter::write_data_blocks() {
  std::string_view closed = closed_;
  std::string_view stored = stored_;
  for (const Unwritten& block : unwritten_) {
    hash_records(closed.substr(0, block.size));
    const BlockHandle handle = block.stored_size > 0 ? write_stored_block(stored.substr(0, block.stored_size))
                                                     : write_block(closed.substr(0, block.size));
    closed.remove_prefix(block.size);
    stored.remove_prefix(block.stored_size);
    facts_.data_bytes += handle.size + kTrailerBytes;
    ++facts_.data_blocks;

    if (index_.must_close_before(block.separator.size(), kLargestHandle)) close_index_block();
    handle_.clear();
    append_handle(handle_, handle);
    index_.add(block.separator, block.trailer, handle_);
  }
  closed_.clear();
  stored_.clear();
  unwritten_.clear();
  unwritten_bytes_ = 0;
}

void TableWriter::hash_records(std::string_view block) {
  records_.enter_entries(entries_of(block));
  for (records_.seek_to_first(); records_.valid(); records_.next()) id_.add(records_.key(), records_.value());
}

std::uint64_t TableWriter::estimated_size_bytes() {
  write_data_blocks();
  return facts_.data_bytes + data_.size_bytes() + index_.size_bytes();
}

void TableWriter::close_index_block() {
  Partition partition{std::string(index_.last_internal_key()), {}};
  index_.finish(partition.block);
  partitions_.push_back(std::move(partition));
}

FinishedTable TableWriter::finish() {
  FinishedTable table;
  table.estimated_size_bytes = estimated_size_bytes();
  table.count = count_;
  table.min_key = min_key_;
  table.max_key = max_key();

  // A table without records has one empty block, under an index key that is no key.
  if (count_ == 0) {
    close_data_block("", kInvalidTrailer);
  } else {
    std::string scratch;
    const std::string_view last = data_.last_key();
    const std::string_view separator = successor_of(last, scratch);
    const std::uint64_t trailer = trailer_for(separator, last);
    close_data_block(trailer == kSetTrailer ? last : separator, trailer);
  }
  write_data_blocks();
  table.id = id_.finish(properties_);

  Footer footer;
  footer.index = write_index();
  const BlockHandle properties = write_properties(table);
  handle_.clear();
  append_handle(handle_, properties);
  block_.clear();
  append_plain_block(block_, std::array{NamedValue{kPropertiesBlockName, handle_}});
  footer.metaindex = write_raw_block(block_);
  file_ += encode_footer(footer);

  table.file = std::move(file_);
  return table;
}

BlockHandle TableWriter::write_index() {
  if (partitions_.empty()) {
    facts_.index_bytes = index_.size_bytes() + kTrailerBytes;
    block_.clear();
    index_.finish(block_);
    return write_block(block_);
  }
  close_index_block();
  BlockBuilder top(1);
  for (const Partition& partition : partitions_) {
    facts_.index_bytes += partition.block.size();
    handle_.clear();
    append_handle(handle_, write_block(partition.block));
    const std::string_view key = partition.last_key;
    top.add(key.substr(0, key.size() - kKeyTrailerBytes),
            load_u64(key.data() + key.size() - kKeyTrailerBytes), handle_);
  }
  facts_.top_index_bytes = top.size_bytes();
  facts_.index_bytes += facts_.top_index_bytes + kTrailerBytes;
  block_.clear();
  top.finish(block_);
  return write_block(block_);
}

BlockHandle TableWriter::write_properties(const FinishedTable& table) {
  facts_.entries = static_cast<std::uint64_t>(count_);
  facts_.index_partitions = partitions_.size();
  constexpr std::size_t kOurs = 40;
  std::vector<NamedValue> all;
  all.reserve(kOurs + properties_.size());
  add_format_properties(all, facts_);
  all.emplace_back(kMinKeyProperty, table.min_key);
  all.emplace_back(kMaxKeyProperty, table.max_key);
  all.emplace_back(kCountProperty, std::to_string(table.count));
  all.emplace_back(kEstimateProperty, std::to_string(table.estimated_size_bytes));
  for (const auto& [name, value] : properties_) all.emplace_back(name, value);
  std::sort(all.begin(), all.end());
  block_.clear();
  append_plain_block(block_, all);
  return write_raw_block(block_);
}

BlockHandle TableWriter::write_block(std::string_view block) {
  compressed_.clear();
  snappy_.encode(block, compressed_);
  if (compressed_.size() >= block.size() - block.size() / 8) return write_raw_block(block);
  const BlockHandle handle{file_.size(), compressed_.size()};
  file_ += compressed_;
  write_trailer(handle, Compression::snappy);
  return handle;
}

BlockHandle TableWriter::write_raw_block(std::string_view block) {
  const BlockHandle handle{file_.size(), block.size()};
  file_ += block;
  write_trailer(handle, Compression::none);
  return handle;
}

BlockHandle TableWriter::write_stored_block(std::string_view stored) {
  const BlockHandle handle{file_.size(), stored.size() - kTrailerBytes};
  file_ += stored;
  return handle;
}

void TableWriter::write_trailer(BlockHandle handle, Compression compression) {
  file_ += static_cast<char>(compression);
  append_u32(file_, trailer_checksum(std::string_view(file_).substr(handle.offset, handle.size + 1)));
}

}  // namespace mere::tree
