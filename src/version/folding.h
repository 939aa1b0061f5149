// How a page of paths begins and how paths fold into common prefixes (behaviour, section 11): the same
// for listings and diffs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mere::version {

// The smallest key that is larger than every key with `prefix`; nullopt if there is none.
std::optional<std::string> first_key_after_prefix(std::string_view prefix);

// Turns `prefix` into that key, in place; false if there is none.
bool step_past_prefix(std::string& prefix);

class Folding {
 public:
  // Views; they outlive this.
  Folding(std::string_view prefix, std::string_view after, std::string_view delimiter)
      : prefix_(prefix), after_(after), delimiter_(delimiter) {}

  // The smallest key that the page may show; nullopt if it can show nothing.
  std::optional<std::string> start() const;
  bool covers(std::string_view key) const { return key.starts_with(prefix_); }
  // The common prefix that `key` (covered) folds into: up to and with the first delimiter behind the
  // prefix. Empty if it does not fold. A view into `key`.
  std::string_view fold(std::string_view key) const;

 private:
  std::string_view prefix_;
  std::string_view after_;
  std::string_view delimiter_;
};

}  // namespace mere::version
