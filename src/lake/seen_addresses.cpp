#include "lake/seen_addresses.h"

#include <cstring>

#include "base/hash.h"

namespace mere::lake {
namespace {
constexpr std::size_t kFirstSlots = 1024;

// Of SHA-256: two addresses are taken for one with a chance of 2^-64 a pair.
std::uint64_t digest_of(std::string_view address) {
  const std::string digest = sha256(address);
  std::uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return number == 0 ? 1 : number;
}
}  // namespace

SeenAddresses::SeenAddresses(std::size_t most) : most_(most), slots_(kFirstSlots) {}

bool SeenAddresses::insert(std::string_view address) {
  const std::uint64_t digest = digest_of(address);
  for (std::size_t i = digest & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i] == digest) return false;
    if (slots_[i] == 0) break;
  }
  if (size_ == most_) {
    slots_.assign(kFirstSlots, 0);
    size_ = 0;
  }
  if ((size_ + 1) * 2 > slots_.size()) grow();
  place(digest);
  ++size_;
  return true;
}

void SeenAddresses::grow() {
  std::vector<std::uint64_t> old(slots_.size() * 2);
  old.swap(slots_);
  for (const std::uint64_t digest : old) {
    if (digest != 0) place(digest);
  }
}

void SeenAddresses::place(std::uint64_t digest) {
  std::size_t i = digest & (slots_.size() - 1);
  while (slots_[i] != 0) i = (i + 1) & (slots_.size() - 1);
  slots_[i] = digest;
}

}  // namespace mere::lake
