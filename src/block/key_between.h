// Where a range of keys of which little is known may be cut in two.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mere::block {

// A text behind `low` and before `high` (which is behind `low`) that is likely to have keys on both sides:
// half way at the first place where they differ, within digits or letters if a digit or letter is there.
// nullopt: there is no room worth a question.
std::optional<std::string> key_between(std::string_view low, std::string_view high);

// Behind all keys that begin as both `first` and `last` do, which is the next guess at where keys end that
// are numbered. nullopt: none that is text.
std::optional<std::string> behind_common_prefix(std::string_view first, std::string_view last);

}  // namespace mere::block
