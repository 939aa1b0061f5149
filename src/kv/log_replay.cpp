#include "kv/log_replay.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/log.h"
#include "kv/log_file.h"

namespace mere::kv {
namespace {

// Visits what PutLogData() put into a batch, and passes over the writes.
class LogDataVisitor final : public rocksdb::WriteBatch::Handler {
 public:
  explicit LogDataVisitor(SharedLog& log) : log_(log) {}
  void LogData(const rocksdb::Slice& piece) override {
    if (status) status = log_.replay({piece.data(), piece.size()}, orphans);
    ++pieces;
  }
  rocksdb::Status PutCF(std::uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override {
    return {};
  }

  Status status;
  std::size_t pieces = 0;
  std::size_t orphans = 0;

 private:
  SharedLog& log_;
};

}  // namespace

Status replay_shared_log(const std::string& folder, SharedLog& log) {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (entry.path().extension() == ".log") files.push_back(entry.path());
  std::sort(files.begin(), files.end());

  LogDataVisitor visitor(log);
  for (const auto& file : files) {
    RETURN_IF_ERROR(for_each_logged(file, [&](LoggedWrites writes) {
      // An intact record that is no batch is of a kind that Mere does not write.
      (void)rocksdb::WriteBatch(std::string(writes.record)).Iterate(&visitor);
    }));
    if (!visitor.status) return std::move(visitor.status);
  }
  if (visitor.orphans > 0) {
    log::error("small objects in the log are of a store that the configuration does not have",
               {{"objects", static_cast<std::int64_t>(visitor.orphans)}});
  }
  if (visitor.pieces == 0 && log.is_empty()) return {};
  // Also where nothing was carried: what a killed process made visible and nothing carried may be in memory
  // only. A table among it would be found where a commit wants to write it, and be taken for one that is
  // durable.
  RETURN_IF_ERROR(log.settle());
  if (visitor.pieces > 0) {
    log::info("small objects were restored from the log",
              {{"groups", static_cast<std::int64_t>(visitor.pieces)}});
  }
  return {};
}

}  // namespace mere::kv
