#include "kv/log_replay.h"

#include <rocksdb/write_batch.h>

#include "base/log.h"

namespace mere::kv {
namespace {

// Visits what PutLogData() put into a batch, and passes over the writes.
class LogDataVisitor final : public rocksdb::WriteBatch::Handler {
 public:
  explicit LogDataVisitor(const std::function<void(std::string_view)>& visit) : visit_(visit) {}
  void LogData(const rocksdb::Slice& piece) override { visit_({piece.data(), piece.size()}); }
  rocksdb::Status PutCF(std::uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override {
    return {};
  }

 private:
  const std::function<void(std::string_view)>& visit_;
};

}  // namespace

void LogReplay::see(const LoggedWrites& writes) {
  if (!replayed_) return;
  const std::function<void(std::string_view)> hand_back = [this](std::string_view piece) {
    if (replayed_) replayed_ = log_.replay(piece, orphans_);
    ++pieces_;
  };
  LogDataVisitor visitor(hand_back);
  // An intact record that is no batch is of a kind that Mere does not write.
  (void)rocksdb::WriteBatch(std::string(writes.record)).Iterate(&visitor);
}

Status LogReplay::finish() {
  RETURN_IF_ERROR(std::move(replayed_));
  if (orphans_ > 0) {
    log::error("small objects in the log are of a store that the configuration does not have",
               {{"objects", static_cast<std::int64_t>(orphans_)}});
  }
  if (pieces_ == 0 && log_.is_empty()) return {};
  // Also where nothing was carried: what a killed process made visible and nothing carried may be in memory
  // only. A table among it would be found where a commit wants to write it, and be taken for one that is
  // durable.
  RETURN_IF_ERROR(log_.settle());
  if (pieces_ > 0) {
    log::info("small objects were restored from the log", {{"groups", static_cast<std::int64_t>(pieces_)}});
  }
  return {};
}

}  // namespace mere::kv
