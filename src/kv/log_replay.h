// What a crash left in the write-ahead log of a base/shared_log.h.
#pragma once

#include <string>

#include "base/result.h"
#include "base/shared_log.h"

namespace mere::kv {

// Hands back all that the logs in `folder` hold, and has the riders settle, unless they have nothing: the
// logs may go then. Before the database is opened. Logs that are superfluous for the database are read too,
// since they may be there because a rider could not settle. Errors: io_error, and those of the riders.
Status replay_shared_log(const std::string& folder, SharedLog& log);

}  // namespace mere::kv
