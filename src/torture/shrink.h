// A shorter way to a failure: fewer clients, faults, rounds and operations that fail as well.
#pragma once

#include <chrono>
#include <vector>

#include "torture/report.h"
#include "torture/torture.h"

namespace mere::torture {

struct Shrunk {
  Options options;  // with which it fails
  std::vector<Finding> findings;
  std::uint64_t attempts = 0;
};

// `failing`: of one lake that failed in its last round. Threads and processes are not replayed to the
// instant, so a way that does not fail again is tried a few times, and what was found is kept if nothing
// shorter fails.
Shrunk shrink(Shrunk failing, std::chrono::steady_clock::time_point deadline);

}  // namespace mere::torture
