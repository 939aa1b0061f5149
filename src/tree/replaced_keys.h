// The keys that an import takes the place of: some by prefix, some one by one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mere::tree {

class ReplacedKeys {
 public:
  ReplacedKeys() = default;
  ReplacedKeys(std::span<const std::string> prefixes, std::span<const std::string> keys);

  bool empty() const { return prefixes_.empty() && keys_.empty(); }
  bool covers(std::string_view key) const;
  // Every key that could lie in [min_key, max_key].
  bool covers_all(std::string_view min_key, std::string_view max_key) const;
  // Some key that could lie there.
  bool touches(std::string_view min_key, std::string_view max_key) const;

  // In byte order; no prefix begins with another.
  const std::vector<std::string>& prefixes() const { return prefixes_; }
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  const std::string* prefix_of(std::string_view key) const;

  std::vector<std::string> prefixes_;
  std::vector<std::string> keys_;
};

}  // namespace mere::tree
