// Which paths a commit may have changed: a Bloom filter over them and their folders. Ten bits a key, so one
// in a hundred questions about other paths is answered "maybe".
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mere::version {

// Takes changed paths in any order; too many make a filter that says "maybe" to all.
class ChangeFilterBuilder {
 public:
  static constexpr std::size_t kMaxPaths = 512;
  static constexpr std::size_t kMaxKeys = 2048;  // with folders
  void add(std::string_view path);
  std::string finish() const;

 private:
  std::set<std::uint64_t> hashes_;  // of paths and of folders, which many share
  std::size_t paths_ = 0;
};

// Paths and prefixes that are looked for in many filters.
class ChangeQuestion {
 public:
  ChangeQuestion(const std::vector<std::string>& objects, const std::vector<std::string>& prefixes);
  // False: none of them is among the paths that `filter` was made of.
  bool may_match(std::string_view filter) const;

 private:
  std::vector<std::uint64_t> hashes_;
  bool always_ = false;  // a prefix that names no folder
};

}  // namespace mere::version
