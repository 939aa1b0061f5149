// Whether a history could have come from a repository that keeps its promises: what was acknowledged
// happened, once, between question and answer, and is there after every crash; what was not has happened
// whole or not.
//
// The moments at which ops took effect are searched for, in the order of the history (as Wing and Gong,
// "Testing and verifying concurrent objects", 1993, do for objects whose ops have one moment each).
#pragma once

#include <cstddef>
#include <string>

#include "simulation/history.h"

namespace mere::simulation {

struct Verdict {
  bool is_explained = false;
  bool is_undecided = false;  // the search was given up
  std::size_t failed_at = 0;  // the event that nothing explains, if not
  std::size_t states = 0;     // that were looked at
};
Verdict judge(const History& history);

}  // namespace mere::simulation
