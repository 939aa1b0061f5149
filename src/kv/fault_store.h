// A store that fails on purpose: for tests of what stands above.
//   for (std::uint64_t n = 0;; ++n) {           // a fault at every step, one run each
//     FaultStore store(below);
//     store.fail_call(n, FaultStore::When::after);
//     ... run, and look at what is left in `below` ...
//     if (store.calls() <= n) break;
//   }
#pragma once

#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>

#include "base/random.h"
#include "kv/store.h"

namespace mere::kv {

// Any thread may call any method. What counts as a call: those of Store, and each move of a cursor.
class FaultStore final : public Store {
 public:
  // `after`: a write happens, and is answered as if it had not. A read fails either way.
  enum class When { before, after };

  explicit FaultStore(Store& below) : below_(below) {}  // `below` outlives this

  // The call after `n` more fails, and it alone.
  void fail_call(std::uint64_t n, When when, Error error = unreachable());
  // That call fails and all that follow do, `before`: a store that has gone, or a process that has.
  void fail_from(std::uint64_t n, Error error = unreachable());
  // One call in `one_in` fails, before or after by chance. `random` outlives this.
  void fail_randomly(Random& random, std::uint32_t one_in, Error error = unreachable());
  void heal();

  std::uint64_t calls() const;   // so far
  std::uint64_t faults() const;  // calls that failed on purpose

  Result<std::optional<std::string>> get(std::string_view key) const override;
  Status write(std::span<const Write> writes, Durability durability = Durability::synced) override;
  std::unique_ptr<Cursor> scan(std::string_view prefix) const override;
  Status erase_prefix(std::string_view prefix) override;

  static Error unreachable() { return {Code::unavailable, "a fault of the test"}; }

 private:
  class FaultCursor;
  struct Fault {
    When when;
    Error error;
  };
  // Counts a call, and says whether and how it fails.
  std::optional<Fault> next_call() const;
  Status change(const std::optional<Fault>& fault, auto&& call);

  Store& below_;
  mutable std::mutex mutex_;
  mutable std::uint64_t calls_ = 0;
  mutable std::uint64_t faults_ = 0;
  std::uint64_t first_ = std::numeric_limits<std::uint64_t>::max();  // numbers of the calls that fail
  std::uint64_t last_ = 0;
  Random* random_ = nullptr;
  std::uint32_t one_in_ = 1;
  When when_ = When::before;
  Error error_;
};

}  // namespace mere::kv
