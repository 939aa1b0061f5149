// What a crash left in the write-ahead log of a base/shared_log.h.
#pragma once

#include <cstddef>

#include "base/result.h"
#include "base/shared_log.h"
#include "kv/log_file.h"

namespace mere::kv {

// Hands back what the logs hold, as they go by (log_file.h), before the database is opened. Logs that are
// superfluous for the database count too, since they may be there because a rider could not settle.
class LogReplay {
 public:
  explicit LogReplay(SharedLog& log) : log_(log) {}

  // After an error, which finish() answers, nothing more is handed back.
  void see(const LoggedWrites& writes);
  // All was seen: has the riders settle, unless they have nothing. The logs may go then. Errors: those of the
  // riders.
  Status finish();

 private:
  SharedLog& log_;
  Status replayed_;
  std::size_t pieces_ = 0;
  std::size_t orphans_ = 0;
};

}  // namespace mere::kv
