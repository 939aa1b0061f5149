// Objects on a disk that knows what is durable: what block::Store promises, and nothing more.
//
// An object in the making becomes visible and durable in one order or the other, by chance, a step each. One
// that is written once is only visible when its writer is done, and durable with the next synced write of
// state (docs/design/0005). What is visible and not durable outlives the process as it is; if the power fails
// it is kept or lost, or, if it was to be written once, left as an empty file. What was removed may come
// back. Uploads in parts are durable, as promised; what is left of one that was completed or aborted may come
// back.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "block/store.h"
#include "simulation/power.h"
#include "simulation/state_disk.h"

namespace mere::simulation {

class BlockDisk {
 public:
  // All outlive it. Addresses begin with "mem://". `shared`: as remote stores are, which several servers may
  // write to: nothing is visible before it is durable.
  BlockDisk(Power& power, StateDisk& state, const Clock& clock, bool shared = false);

  // For a process that starts now: what it finds is durable from then on, as kv's and block's drivers see to
  // together. The disk outlives it.
  std::unique_ptr<block::Store> open();

 private:
  class Front;
  class Writer;
  struct Object {
    std::string bytes;
    block::Properties properties;
  };
  using ObjectPtr = std::shared_ptr<const Object>;
  struct Slot {
    ObjectPtr seen;     // null: there is none
    ObjectPtr durable;  // what a crash leaves, if it is not `seen`
    bool written_once = false;
  };
  struct Upload {
    std::string uri;
    std::map<int, ObjectPtr> parts;
    bool ended = false;
  };

  Status publish(std::uint64_t life, const std::string& uri, ObjectPtr object, bool must_be_absent);
  Status publish_once(std::uint64_t life, const std::string& uri, ObjectPtr object);
  Status remove(std::uint64_t life, const std::string& uri);
  ObjectPtr make(std::string bytes, std::string etag) const;
  void lose(Loss loss);

  Power& power_;
  StateDisk& state_;
  const Clock& clock_;
  const bool shared_;
  std::map<std::string, Slot> slots_;
  std::map<std::string, Upload> uploads_;
  std::uint64_t next_upload_ = 0;
};

}  // namespace mere::simulation
