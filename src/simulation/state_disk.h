// A key-value store whose log knows what is synced: what kv::Store promises, and nothing more.
//
// A synced write is a step when it goes to the log, another when it is synced, seen by others only then, and
// a third when it is answered. What is not synced is lost from the end of the log backwards, a write whole or
// not at all.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kv/store.h"
#include "simulation/power.h"

namespace mere::simulation {

class StateDisk {
 public:
  explicit StateDisk(Power& power);  // outlives it

  // For a process that starts now. The disk outlives it.
  std::unique_ptr<kv::Store> open();

  // What objects give to the log: it goes there with the next write, and `settle` is called when that is
  // durable, or found after a crash. A crash before the write loses it.
  void carry(std::function<void()> settle);

 private:
  class Front;
  struct Logged {
    std::vector<kv::Write> writes;  // without conditions
    std::vector<std::function<void()>> carried;
  };
  void log(std::vector<kv::Write> writes);
  void sync();
  void lose(Loss loss);

  Power& power_;
  std::unique_ptr<kv::Store> seen_ = kv::make_memory_store();
  std::unique_ptr<kv::Store> synced_ = kv::make_memory_store();
  std::vector<std::unique_ptr<kv::Store>> before_;  // the dead may still hold cursors of these
  std::vector<Logged> unsynced_;                    // in the log's order
  std::vector<std::function<void()>> waiting_;      // to be carried
};

}  // namespace mere::simulation
