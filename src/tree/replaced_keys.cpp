#include "tree/replaced_keys.h"

#include <algorithm>

namespace mere::tree {

ReplacedKeys::ReplacedKeys(std::span<const std::string> prefixes, std::span<const std::string> keys)
    : keys_(keys.begin(), keys.end()) {
  std::sort(keys_.begin(), keys_.end());
  std::vector<std::string> sorted(prefixes.begin(), prefixes.end());
  std::sort(sorted.begin(), sorted.end());
  for (std::string& prefix : sorted) {
    if (prefixes_.empty() || !prefix.starts_with(prefixes_.back())) prefixes_.push_back(std::move(prefix));
  }
}

// As no prefix begins with another, only the last one that is <= `key` can be one of it.
const std::string* ReplacedKeys::prefix_of(std::string_view key) const {
  auto after = std::upper_bound(prefixes_.begin(), prefixes_.end(), key);
  if (after == prefixes_.begin() || !key.starts_with(*std::prev(after))) return nullptr;
  return &*std::prev(after);
}

bool ReplacedKeys::covers(std::string_view key) const {
  return prefix_of(key) != nullptr || std::binary_search(keys_.begin(), keys_.end(), key);
}

bool ReplacedKeys::covers_all(std::string_view min_key, std::string_view max_key) const {
  const std::string* const prefix = prefix_of(min_key);
  if (prefix != nullptr && max_key.starts_with(*prefix)) return true;
  return min_key == max_key && covers(min_key);
}

bool ReplacedKeys::touches(std::string_view min_key, std::string_view max_key) const {
  if (prefix_of(min_key) != nullptr) return true;
  auto some_in = [&](const std::vector<std::string>& sorted) {
    auto first = std::lower_bound(sorted.begin(), sorted.end(), min_key);
    return first != sorted.end() && *first <= max_key;
  };
  return some_in(prefixes_) || some_in(keys_);
}

}  // namespace mere::tree
