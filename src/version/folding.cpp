#include "version/folding.h"

#include <utility>

namespace mere::version {

bool step_past_prefix(std::string& prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (prefix.empty()) return false;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return true;
}

std::optional<std::string> first_key_after_prefix(std::string_view prefix) {
  std::string key(prefix);
  if (!step_past_prefix(key)) return std::nullopt;
  return key;
}

std::optional<std::string> Folding::start() const {
  if (after_.empty() || after_ < prefix_) return std::string(prefix_);
  if (!covers(after_)) return std::nullopt;
  // A common prefix is behind itself with all that is in it.
  const std::string_view folded = fold(after_);
  if (!folded.empty() && folded.size() == after_.size()) return first_key_after_prefix(after_);
  return std::string(after_) + '\0';
}

std::string_view Folding::fold(std::string_view key) const {
  if (delimiter_.empty()) return {};
  const std::size_t found = key.find(delimiter_, prefix_.size());
  if (found == std::string_view::npos) return {};
  return key.substr(0, found + delimiter_.size());
}

}  // namespace mere::version
