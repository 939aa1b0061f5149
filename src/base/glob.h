// Shell-like patterns over names: protected branches, the branches a hook watches.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mere {

// `*` any text, also none; `?` one character; `[a-z]` one of a set; `[!x]` and `[^x]` one outside it;
// `{a,b}` either; `\x` x itself. '/' is an ordinary character, and a character is one of UTF-8.
//
// Immutable: any thread may match. A match takes time in proportion to the length of the text times that
// of the pattern at worst, so that a user's pattern cannot hold a thread.
class Glob {
 public:
  // Errors: invalid_argument for an unclosed '[' or '{', a '\' at the end, a range such as [z-a], more
  // than 4096 bytes, or braces more than 32 deep.
  static Result<Glob> parse(std::string_view pattern);

  bool matches(std::string_view text) const;  // the whole of it
  const std::string& pattern() const { return pattern_; }

 private:
  friend class GlobParser;
  struct Range {
    char32_t first, last;
  };
  // A state of an automaton without backtracking: it takes one character and goes on to the state after
  // it, or takes none and goes on to all of `targets`.
  struct State {
    enum class Kind { character, set, fork, accept } kind;
    std::vector<Range> ranges{};         // character, set
    bool negated = false;                // set
    std::vector<std::size_t> targets{};  // fork
  };
  static bool takes(const State& state, char32_t character);

  std::string pattern_;
  std::vector<State> states_;
};

}  // namespace mere
