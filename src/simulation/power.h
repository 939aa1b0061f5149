// When the power fails, and what is left of that which was written but not synced.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "simulation/scheduler.h"

namespace mere::simulation {

// Of what was not synced, a crash loses …
enum class Loss {
  nothing,     // a killed process: the system still writes what it was given
  everything,  // whatever it may
  some,        // by chance
};

// Counts the steps of simulated stores, and stops everything at one of them.
class Power {
 public:
  // Both outlive it.
  Power(Scheduler& scheduler, Random& random) : scheduler_(scheduler), random_(random) {}

  // The step number `step` from now on (0 is the next) does not happen any more.
  void fail_at(std::uint64_t step, Loss loss);
  void fail(Loss loss);
  std::uint64_t steps() const { return steps_; }

  // A process lives from when it looked until the power fails.
  std::uint64_t life() const { return life_; }
  bool is_over(std::uint64_t life) const { return life != life_; }
  static Error dead() { return {Code::unavailable, "the process has died"}; }

  // For the stores. Others may run first; false: the process of this life is dead.
  bool step(std::uint64_t life);
  // The same, but nothing comes between this and the step before.
  bool step_at_once(std::uint64_t life);
  // A call that changes nothing.
  bool look(std::uint64_t life);
  Random& chance() { return random_; }
  Scheduler& scheduler() { return scheduler_; }
  void on_failure(std::function<void(Loss)> lose) { stores_.push_back(std::move(lose)); }

 private:
  Scheduler& scheduler_;
  Random& random_;
  std::uint64_t steps_ = 0;
  std::uint64_t left_ = std::numeric_limits<std::uint64_t>::max();
  Loss loss_ = Loss::nothing;
  std::uint64_t life_ = 0;
  std::vector<std::function<void(Loss)>> stores_;
};

}  // namespace mere::simulation
