#include "base/glob.h"

#include <optional>

#include "base/encoding.h"

namespace mere {
namespace {

constexpr std::size_t kMaxPattern = 4096;
constexpr int kMaxDepth = 32;
constexpr char32_t kLastCharacter = 0x10ffff;
// A byte that is not UTF-8 stands for itself, as one character that no text can write.
constexpr char32_t kStrayByte = kLastCharacter + 1;

char32_t take_character(std::string_view& text) {
  const std::size_t size = utf8_sequence(text);
  const auto lead = static_cast<unsigned char>(text.front());
  if (size == 0) {
    text.remove_prefix(1);
    return kStrayByte + lead;
  }
  char32_t character = size == 1 ? lead : lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i)
    character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  text.remove_prefix(size);
  return character;
}

}  // namespace

class GlobParser {
 public:
  explicit GlobParser(std::string_view pattern) : rest_(pattern) { glob_.pattern_ = pattern; }

  Result<Glob> parse() {
    if (rest_.size() > kMaxPattern) return refused("is longer than 4096 bytes");
    if (Status status = sequence(0); !status) return std::move(status).error();
    glob_.states_.push_back({State::Kind::accept});
    return std::move(glob_);
  }

 private:
  using State = Glob::State;

  Error refused(std::string_view why) const {
    return {Code::invalid_argument, "pattern \"" + glob_.pattern_.substr(0, 100) + "\" " + std::string(why)};
  }

  // Up to the end, or inside braces to the ',' or '}' that ends an alternative, which is left.
  Status sequence(int depth) {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (depth > 0 && (c == ',' || c == '}')) return {};
      if (c == '*') {
        rest_.remove_prefix(1);
        const std::size_t loop = states().size();
        states().push_back({State::Kind::fork, {}, false, {loop + 1, loop + 3}});
        push_any();
        states().push_back({State::Kind::fork, {}, false, {loop}});
      } else if (c == '?') {
        rest_.remove_prefix(1);
        push_any();
      } else if (c == '[') {
        RETURN_IF_ERROR(set());
      } else if (c == '{') {
        RETURN_IF_ERROR(alternatives(depth + 1));
      } else {
        ASSIGN_OR_RETURN(const char32_t character, one_character());
        states().push_back({State::Kind::character, {{character, character}}});
      }
    }
    return {};
  }

  Status alternatives(int depth) {
    if (depth > kMaxDepth) return refused("has braces more than 32 deep");
    const std::size_t fork = states().size();
    states().push_back({State::Kind::fork});
    std::vector<std::size_t> ends;  // forks that leave the braces
    for (;;) {
      rest_.remove_prefix(1);  // '{' or ','
      states()[fork].targets.push_back(states().size());
      RETURN_IF_ERROR(sequence(depth));
      if (rest_.empty()) return refused("has a '{' that is not closed");
      ends.push_back(states().size());
      states().push_back({State::Kind::fork});
      if (rest_.front() == '}') break;
    }
    rest_.remove_prefix(1);
    for (const std::size_t end : ends) states()[end].targets = {states().size()};
    return {};
  }

  Status set() {
    rest_.remove_prefix(1);
    State state{State::Kind::set};
    if (!rest_.empty() && (rest_.front() == '!' || rest_.front() == '^')) {
      state.negated = true;
      rest_.remove_prefix(1);
    }
    // A ']' that comes first is one of the set, as in a shell.
    for (bool first = true; first || rest_.empty() || rest_.front() != ']'; first = false) {
      if (rest_.empty()) return refused("has a '[' that is not closed");
      ASSIGN_OR_RETURN(const char32_t low, one_character());
      char32_t high = low;
      if (rest_.size() >= 2 && rest_[0] == '-' && rest_[1] != ']') {
        rest_.remove_prefix(1);
        ASSIGN_OR_RETURN(high, one_character());
      }
      if (high < low) return refused("has a range whose end comes before its start");
      state.ranges.push_back({low, high});
    }
    rest_.remove_prefix(1);
    states().push_back(std::move(state));
    return {};
  }

  Result<char32_t> one_character() {
    if (rest_.front() == '\\') {
      rest_.remove_prefix(1);
      if (rest_.empty()) return refused("ends with a '\\' that escapes nothing");
    }
    return take_character(rest_);
  }

  void push_any() { states().push_back({State::Kind::set, {}, true}); }
  std::vector<State>& states() { return glob_.states_; }

  std::string_view rest_;
  Glob glob_;
};

Result<Glob> Glob::parse(std::string_view pattern) {
  return GlobParser(pattern).parse();
}

bool Glob::takes(const State& state, char32_t character) {
  bool within = false;
  for (const Range& range : state.ranges)
    within = within || (range.first <= character && character <= range.last);
  return within != state.negated;
}

bool Glob::matches(std::string_view text) const {
  // All states the automaton can be in at once; each is entered once a character.
  std::vector<std::size_t> current;
  std::vector<std::size_t> following;
  std::vector<std::size_t> entered_at(states_.size(), 0);
  std::size_t position = 1;
  std::vector<std::size_t> pending;
  const auto enter = [&](std::size_t start, std::vector<std::size_t>& into) {
    pending.push_back(start);
    while (!pending.empty()) {
      const std::size_t index = pending.back();
      pending.pop_back();
      if (entered_at[index] == position) continue;
      entered_at[index] = position;
      const State& state = states_[index];
      if (state.kind == State::Kind::fork) {
        pending.insert(pending.end(), state.targets.begin(), state.targets.end());
      } else {
        into.push_back(index);
      }
    }
  };

  enter(0, current);
  while (!text.empty() && !current.empty()) {
    const char32_t character = take_character(text);
    position += 1;
    following.clear();
    for (const std::size_t index : current) {
      const State& state = states_[index];
      if (state.kind != State::Kind::accept && takes(state, character)) enter(index + 1, following);
    }
    current.swap(following);
  }
  if (!text.empty()) return false;
  for (const std::size_t index : current) {
    if (states_[index].kind == State::Kind::accept) return true;
  }
  return false;
}

}  // namespace mere
