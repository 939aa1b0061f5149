// `mere verify` of a lake that a server has open: asks that server to look, and listens.
#pragma once

#include <chrono>
#include <functional>

#include "lake/verify.h"
#include "serve/local_access.h"

namespace mere::cli {

// As lake::verify(), one repository after the other. `pause` waits for so long, and answers false to have the
// server stop: then this answers `cancelled`, as when `progress` answers false. Errors also: those of asking
// a server (`unavailable`, …), `conflict` while somebody else has it look.
Result<lake::VerifyCounts> verify_served(const serve::Serving& serving, const lake::VerifyOptions& options,
                                         const std::function<void(const lake::Finding&)>& on_finding,
                                         const std::function<bool(const lake::VerifyCounts&)>& progress,
                                         const std::function<bool(std::chrono::milliseconds)>& pause);

}  // namespace mere::cli
