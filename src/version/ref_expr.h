// The grammar of references: a base followed by modifiers, each ~N, ^N, @ or $ (N optional, 1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mere::version {

struct RefModifier {
  enum class Kind { ancestor, parent, committed, staging };  // ~N, ^N, @, $
  Kind kind = Kind::ancestor;
  std::uint32_t number = 1;

  friend bool operator==(const RefModifier&, const RefModifier&) = default;
};

struct ParsedRef {
  std::string base;
  std::vector<RefModifier> modifiers;

  friend bool operator==(const ParsedRef&, const ParsedRef&) = default;
};

// `invalid_argument`, with the contract's messages (behaviour, section 5).
Result<ParsedRef> parse_ref(std::string_view text);
// With every number written out: parse_ref() of it gives `ref` back.
std::string to_string(const ParsedRef& ref);

}  // namespace mere::version
