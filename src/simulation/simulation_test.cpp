// Ten thousand seeds of everything at once. One seed again: MERE_SEED=123 build/release/simulation_test;
// others than these, or more: MERE_SEEDS=5000-2000000.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "base/log.h"
#include "simulation/scenario.h"

namespace mere::simulation {
namespace {

struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t last = 10'000;
};

Seeds seeds() {
  Seeds wanted;
  if (const char* one = std::getenv("MERE_SEED")) wanted.first = wanted.last = std::stoull(one);
  if (const char* many = std::getenv("MERE_SEEDS")) {
    const std::string text(many);
    wanted.first = std::stoull(text);
    wanted.last = std::stoull(text.substr(text.find('-') + 1));
  }
  return wanted;
}

TEST(Simulation, EveryHistoryIsExplained) {
  ASSERT_TRUE(log::configure({.level = log::Level::none}));  // thousands of crashes
  const Seeds wanted = seeds();
  std::uint64_t steps = 0, crashes = 0, ops = 0, states = 0;
  for (std::uint64_t seed = wanted.first; seed <= wanted.last && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed) + "; again: MERE_SEED=" + std::to_string(seed) +
                 " simulation_test --gtest_filter=Simulation.*");
    const ScenarioResult result = run_scenario(seed);
    steps += result.steps;
    crashes += result.crashes;
    ops += result.history.ops.size() - 1;
    states += result.states;
    if (wanted.first == wanted.last) std::cout << result.history.print();
  }
  RecordProperty("steps", std::to_string(steps));
  std::cout << wanted.last - wanted.first + 1 << " seeds: " << ops << " operations, " << crashes
            << " crashes, " << steps << " steps of the disks, " << states << " states of the model\n";
}

TEST(Simulation, TheSameSeedIsTheSameRun) {
  for (const std::uint64_t seed : {7u, 8u, 9u, 10u, 11u}) {
    const ScenarioResult once = run_scenario(seed);
    const ScenarioResult again = run_scenario(seed);

    EXPECT_EQ(once.history.print(), again.history.print());
    EXPECT_EQ(once.steps, again.steps);
  }
}

}  // namespace
}  // namespace mere::simulation
