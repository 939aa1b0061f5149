// One run of a simulation: a seed decides what clients ask, in which order their tasks go on, and when the
// power fails.
#pragma once

#include <cstdint>
#include <string>

#include "simulation/history.h"

namespace mere::simulation {

struct ScenarioResult {
  History history;
  std::uint64_t steps = 0;  // of the disks
  std::uint64_t crashes = 0;
  std::size_t states = 0;  // that the judge looked at
};

// Runs the scenario of a seed, and judges it. Failures are those of GoogleTest.
ScenarioResult run_scenario(std::uint64_t seed);

}  // namespace mere::simulation
