// A digest that is made on another thread while its bytes go where they belong.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "block/helpers.h"
#include "block/store.h"

namespace mere::block {

// One user at a time. Nothing of it runs on after the destructor.
class DigestAside {
 public:
  // `helpers` outlives it.
  DigestAside(Helpers& helpers, Digest digest) : helpers_(helpers), digest_(std::move(digest)) {}
  DigestAside(const DigestAside&) = delete;
  DigestAside& operator=(const DigestAside&) = delete;
  ~DigestAside() { settle(); }

  // In its turn, aside where a thread can be had at once, else here. The bytes stay as they are until then:
  // those without an owner until settle() returns.
  void begin(SharedBytes bytes);
  // Waits until at most the last that was begun is not hashed yet.
  void settle_but_last() { wait_until(1); }
  void settle() { wait_until(0); }
  // At once, here; after settle().
  void update(std::span<const std::byte> bytes) { digest_.update(bytes); }
  std::string finish_hex();  // once

 private:
  void work();
  void wait_until(std::size_t left);

  Helpers& helpers_;
  Digest digest_;  // of whoever works
  std::mutex mutex_;
  std::condition_variable hashed_;
  std::vector<SharedBytes> waiting_;  // few; the first of them is being hashed
  bool is_working_ = false;
};

}  // namespace mere::block
