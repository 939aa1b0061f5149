#include "version/change_filter.h"

#include "base/hash.h"

namespace mere::version {
namespace {

constexpr int kProbes = 7;
constexpr std::size_t kBitsAKey = 10;

// Two independent halves of a hash give as many as are wanted (Kirsch, Mitzenmacher: Less Hashing, Same
// Performance).
template <class F>
bool for_all_bits(std::uint64_t hash, std::size_t bits, F visit) {
  std::uint64_t mixed = (hash ^ (hash >> 31)) * 0x9e3779b97f4a7c15;
  const std::uint64_t step = (mixed ^ (mixed >> 29)) | 1;
  for (int i = 0; i < kProbes; ++i, hash += step)
    if (!visit(hash % bits)) return false;
  return true;
}

}  // namespace

void ChangeFilterBuilder::add(std::string_view path) {
  if (++paths_ > kMaxPaths || hashes_.size() > kMaxKeys) return;
  hashes_.insert(fnv1a_64(path));
  for (std::size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1))
    hashes_.insert(fnv1a_64(path.substr(0, slash + 1)));
}

std::string ChangeFilterBuilder::finish() const {
  if (paths_ > kMaxPaths || hashes_.size() > kMaxKeys) return {};
  std::string filter((hashes_.size() * kBitsAKey + 7) / 8 + 1, '\0');
  for (const std::uint64_t hash : hashes_) {
    for_all_bits(hash, filter.size() * 8, [&](std::size_t bit) {
      filter[bit / 8] = static_cast<char>(filter[bit / 8] | (1 << bit % 8));
      return true;
    });
  }
  return filter;
}

ChangeQuestion::ChangeQuestion(const std::vector<std::string>& objects,
                               const std::vector<std::string>& prefixes) {
  for (const std::string& object : objects) hashes_.push_back(fnv1a_64(object));
  for (const std::string_view prefix : prefixes) {
    const std::size_t slash = prefix.rfind('/');
    if (slash == prefix.npos) {
      always_ = true;
    } else {
      hashes_.push_back(fnv1a_64(prefix.substr(0, slash + 1)));
    }
  }
}

bool ChangeQuestion::may_match(std::string_view filter) const {
  if (always_ || filter.empty()) return true;
  for (const std::uint64_t hash : hashes_) {
    const bool all_set = for_all_bits(hash, filter.size() * 8, [&](std::size_t bit) {
      return (static_cast<unsigned char>(filter[bit / 8]) >> bit % 8 & 1) != 0;
    });
    if (all_set) return true;
  }
  return false;
}

}  // namespace mere::version
