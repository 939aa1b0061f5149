#include "tree/tree_writer.h"

#include <condition_variable>
#include <mutex>

#include "base/hash.h"
#include "tree/record_value.h"

namespace mere::tree {
namespace {

// Ranges held in memory while they are being written.
constexpr std::size_t kMaxUnsettled = 6;

std::map<std::string, std::string> with_type(TableProperties properties, std::string_view type) {
  properties[std::string(kTypeProperty)] = type;
  return properties;
}

}  // namespace

// A full range on its way to the store. Whoever comes first does the work, a worker or the writer that
// needs the result, so that a busy or stopped queue delays nothing.
struct TreeWriter::Closing {
  Closing(TableStore& tables_, block::Address ns_, std::unique_ptr<TableWriter> writer_)
      : tables(tables_), ns(std::move(ns_)), writer(std::move(writer_)) {}

  void run_if_unclaimed() {
    {
      std::lock_guard lock(mutex);
      if (claimed) return;
      claimed = true;
    }
    FinishedTable table = writer->finish();
    Status put = tables.put(ns, table.id, table.file);
    std::lock_guard lock(mutex);
    tables.rooms().give(std::move(*writer).leave_room(std::move(table.file)));
    writer.reset();
    range = {RangeId(table.id), table.min_key, table.max_key, table.estimated_size_bytes, table.count};
    status = std::move(put);
    done = true;
    finished.notify_all();
  }

  void wait() {
    run_if_unclaimed();
    std::unique_lock lock(mutex);
    finished.wait(lock, [&] { return done; });
  }

  TableStore& tables;
  const block::Address ns;
  std::unique_ptr<TableWriter> writer;
  std::mutex mutex;
  std::condition_variable finished;
  bool claimed = false;
  bool done = false;
  Range range;
  Status status;
};

TreeWriter::TreeWriter(TableStore& tables, block::Address ns, const TreeOptions& options, WorkQueue* workers,
                       TableProperties properties)
    : tables_(tables),
      ns_(std::move(ns)),
      options_(options),
      workers_(workers),
      properties_(std::move(properties)) {}

// Work under way refers to the table store, which may go after us.
TreeWriter::~TreeWriter() {
  for (Line& line : lines_) {
    if (!line.closing) continue;
    std::unique_lock lock(line.closing->mutex);
    if (!line.closing->claimed) {
      line.closing->claimed = true;  // nobody needs it any more
    } else {
      line.closing->finished.wait(lock, [&] { return line.closing->done; });
    }
  }
}

Status TreeWriter::add(const Record& record) {
  value_.clear();
  append_value(value_, record.identity, record.data);
  return add(record.key, value_);
}

Status TreeWriter::check_order(std::string_view first_key) {
  if (lines_.empty() || last_key_ < first_key) return {};
  return out_of_order();
}

Status TreeWriter::add(std::string_view key, std::string_view value) {
  if (!range_) RETURN_IF_ERROR(begin_range(key));
  RETURN_IF_ERROR(range_->add(key, value));
  if (is_cut_after(key)) close_range_aside();
  return {};
}

Status TreeWriter::begin_range(std::string_view first_key) {
  RETURN_IF_ERROR(check_order(first_key));
  range_ = std::make_unique<TableWriter>(with_type(properties_, kRangesType), tables_.rooms().take());
  return {};
}

// Where sizes decide on cuts, it is record by record.
bool TreeWriter::begins_block(std::string_view key, std::string_view value) const {
  return options_.min_range_size_bytes == 0 && (!range_ || range_->begins_block(key.size(), value.size()));
}

Result<bool> TreeWriter::add_block(const StoredBlock& block) {
  const auto compression = static_cast<Compression>(block.bytes[block.bytes.size() - kTrailerBytes]);
  if (compression != Compression::none && compression != Compression::snappy) return false;
  // Near the largest size, each record may be the last of its range.
  const std::uint64_t size = range_ ? range_->largest_size_bytes() : 0;
  if (size + block.block.memory_bytes() >= options_.max_range_size_bytes) return false;
  if (!summarize(block.block)) return false;

  if (!range_) RETURN_IF_ERROR(begin_range(summary_.first_key));
  RETURN_IF_ERROR(range_->add_block(block, summary_));
  if (is_cut_after(range_->max_key())) close_range_aside();
  return true;
}

// Into `summary_`. False unless the block is one that records added one by one would have made, all in one
// range.
bool TreeWriter::summarize(const Block& block) {
  BlockSummary& found = summary_;
  found.records = 0;
  found.raw_key_bytes = found.raw_value_bytes = 0;
  records_.enter_entries(block.entries());
  for (records_.seek_to_first(); records_.valid(); records_.next()) {
    const std::string_view key = records_.key();
    if (found.records == 0) {
      found.first_key = key;
    } else {
      const std::string_view last =
          std::string_view(found.last_key).substr(0, found.last_key.size() - kKeyTrailerBytes);
      if (key <= last || is_ragged_after(last)) return false;
    }
    std::string_view identity, data;
    if (records_.trailer() != kSetTrailer || !split_value(records_.value(), identity, data) ||
        identity.empty())
      return false;
    found.last_key.assign(key.data(), key.size() + kKeyTrailerBytes);
    ++found.records;
    found.raw_key_bytes += found.last_key.size();
    found.raw_value_bytes += records_.value().size();
  }
  return !records_.malformed() && found.records > 0 &&
         block.restart_count() == (found.records + kRestartInterval - 1) / kRestartInterval;
}

bool TreeWriter::is_ragged_after(std::string_view key) const {
  return options_.range_raggedness_entries > 0 && fnv1a_64(key) % options_.range_raggedness_entries == 0;
}

// Depends on what the range holds and on the key alone: an edit moves the cuts near it, not those
// further on, and equal content is cut alike.
bool TreeWriter::is_cut_after(std::string_view key) {
  // The size is asked for only where it may decide: to tell it, blocks have to be compressed here.
  if (options_.min_range_size_bytes > 0 || range_->largest_size_bytes() >= options_.max_range_size_bytes) {
    const std::uint64_t size = range_->estimated_size_bytes();
    if (size < options_.min_range_size_bytes) return false;
    if (size >= options_.max_range_size_bytes) return true;
  }
  return is_ragged_after(key);
}

Status TreeWriter::copy(const RangeView& range, std::string_view range_value) {
  close_range_aside();
  RETURN_IF_ERROR(check_order(range.min_key));
  last_key_ = range.max_key;
  lines_.push_back({std::string(range.max_key), std::string(range_value), nullptr});
  if (__builtin_add_overflow(count_, range.count, &count_))
    return Error{Code::corrupt, "a range's count is absurd"};
  return {};
}

std::shared_ptr<TreeWriter::Closing> TreeWriter::close_range() {
  if (!range_) return nullptr;
  last_key_ = range_->max_key();
  count_ += range_->count();
  auto closing = std::make_shared<Closing>(tables_, ns_, std::move(range_));
  lines_.push_back({{}, {}, closing});
  ++unsettled_;
  return closing;
}

void TreeWriter::close_range_aside() {
  const auto closing = close_range();
  if (!closing) return;
  if (workers_ == nullptr) {
    settle(lines_.back());
    return;
  }
  if (unsettled_ > kMaxUnsettled) settle_oldest();
  workers_->submit([closing] { closing->run_if_unclaimed(); });
}

void TreeWriter::settle_oldest() {
  while (!lines_[oldest_].closing) ++oldest_;
  settle(lines_[oldest_]);
}

void TreeWriter::settle(Line& line) {
  const std::shared_ptr<Closing> closing = std::move(line.closing);
  --unsettled_;
  closing->wait();
  line.key = closing->range.max_key;
  line.value = encode_range_value(closing->range);
  if (!closing->status && failure_) failure_ = std::move(closing->status);
}

Result<TreeWriter::Tree> TreeWriter::finish() {
  // The last one here: to have it done aside would only be waited for.
  if (const auto last = close_range()) last->run_if_unclaimed();
  for (Line& line : lines_) {
    if (line.closing) settle(line);
  }
  if (!failure_) return std::move(failure_).error();

  TableWriter metarange(with_type(properties_, kMetaRangesType), tables_.rooms().take());
  for (const Line& line : lines_) RETURN_IF_ERROR(metarange.add(line.key, line.value));
  FinishedTable table = metarange.finish();
  RETURN_IF_ERROR(tables_.put(ns_, table.id, table.file));
  tables_.rooms().give(std::move(metarange).leave_room(std::move(table.file)));
  return Tree{MetaRangeId(table.id), count_};
}

}  // namespace mere::tree
