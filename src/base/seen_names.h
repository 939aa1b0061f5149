// Which names (addresses, ids) a walk has met, in bounded memory.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace mere {

// A set of digests with open addressing, 8 bytes each. Past `most` it forgets everything: what it guards
// against is work done twice, not a wrong answer.
class SeenNames {
 public:
  explicit SeenNames(std::size_t most = 8u << 20);
  // False if it was there already.
  bool insert(std::string_view name);

 private:
  void grow();
  void place(std::uint64_t digest);

  const std::size_t most_;
  std::size_t size_ = 0;
  std::vector<std::uint64_t> slots_;  // 0: free
};

}  // namespace mere
