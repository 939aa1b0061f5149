// How many API requests each month saw: counted in memory, added to kv now and then.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kv/store.h"

namespace mere::lake {

struct MonthlyUsage {
  int year = 0;
  int month = 0;  // 1..12
  std::int64_t count = 0;
};

// Any thread may call any method.
class Usage {
 public:
  Usage(kv::Store& state, const Clock& clock);
  void count() { pending_.fetch_add(1, std::memory_order_relaxed); }
  Status flush();                                    // adds what was counted to the current month
  Result<std::vector<MonthlyUsage>> report() const;  // ascending

 private:
  kv::Store& state_;
  const Clock& clock_;
  std::atomic<std::int64_t> pending_{0};
};

}  // namespace mere::lake
