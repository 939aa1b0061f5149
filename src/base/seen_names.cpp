#include "base/seen_names.h"

#include <cstring>

#include "base/hash.h"

namespace mere {
namespace {
constexpr std::size_t kFirstSlots = 1024;

// Of SHA-256: two names are taken for one with a chance of 2^-64 a pair.
std::uint64_t digest_of(std::string_view name) {
  const std::string digest = sha256(name);
  std::uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return number == 0 ? 1 : number;
}
}  // namespace

SeenNames::SeenNames(std::size_t most) : most_(most), slots_(kFirstSlots) {}

bool SeenNames::insert(std::string_view name) {
  const std::uint64_t digest = digest_of(name);
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

void SeenNames::grow() {
  std::vector<std::uint64_t> old(slots_.size() * 2);
  old.swap(slots_);
  for (const std::uint64_t digest : old) {
    if (digest != 0) place(digest);
  }
}

void SeenNames::place(std::uint64_t digest) {
  std::size_t i = digest & (slots_.size() - 1);
  while (slots_[i] != 0) i = (i + 1) & (slots_.size() - 1);
  slots_[i] = digest;
}

}  // namespace mere
