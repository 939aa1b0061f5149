// Seeded choices: the same seed makes the same ones, on any machine. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mere::torture {

// A seed of its own for each part of a run (SplitMix64's finalizer).
inline std::uint64_t seed_of(std::uint64_t seed, std::uint64_t part) {
  std::uint64_t mixed = seed + 0x9e3779b97f4a7c15 * (part + 1);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : seed_(seed) {}

  std::uint64_t next() { return seed_of(seed_, thrown_++); }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }  // requires limit > 0
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  const T& one_of(const std::vector<T>& items) {  // requires that there is one
    return items[below(items.size())];
  }

 private:
  std::uint64_t seed_;
  std::uint64_t thrown_ = 0;
};

}  // namespace mere::torture
