#include "simulation/power.h"

namespace mere::simulation {

void Power::fail_at(std::uint64_t step, Loss loss) {
  left_ = step;
  loss_ = loss;
}

void Power::fail(Loss loss) {
  left_ = std::numeric_limits<std::uint64_t>::max();
  ++life_;
  for (const auto& lose : stores_) lose(loss);
}

bool Power::step(std::uint64_t life) {
  if (is_over(life)) return false;
  scheduler_.pause();
  return step_at_once(life);
}

bool Power::step_at_once(std::uint64_t life) {
  if (is_over(life)) return false;
  if (left_ == 0) {
    fail(loss_);
    return false;
  }
  if (left_ != std::numeric_limits<std::uint64_t>::max()) --left_;
  ++steps_;
  return true;
}

bool Power::look(std::uint64_t life) {
  if (is_over(life)) return false;
  scheduler_.pause();
  return !is_over(life);
}

}  // namespace mere::simulation
