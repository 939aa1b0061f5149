// Text that means one thing: a RepositoryName and a BranchName do not mix, though both are strings.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace mere {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  explicit Id(std::string_view text) : text_(text) {}
  explicit Id(const char* text) : text_(text) {}

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  std::string text_;
};

}  // namespace mere

template <class Tag>
struct std::hash<mere::Id<Tag>> {
  std::size_t operator()(const mere::Id<Tag>& id) const noexcept {
    return std::hash<std::string>()(id.str());
  }
};
