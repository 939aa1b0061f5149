// Randomness, reached through an interface so that a run can be replayed from a seed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace mere {

// Any thread may call any method.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;
  std::uint64_t next_u64();
};

// The operating system's generator, fit for keys. Lives as long as the process.
Random& system_random();

// A reproducible sequence (SplitMix64); never for keys. Threads that share one each get part of it.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> bytes) override;

 private:
  std::atomic<std::uint64_t> state_;
};

// RFC 9562, version 4: "f81d4fae-7dec-41d0-a765-00a0c91e6bf6".
std::string random_uuid(Random& random);

}  // namespace mere
