#include "version/ref_expr.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace mere::version {
namespace {

constexpr std::string_view kModifiers = "~^@$";

Error invalid(std::string_view context = {}) {
  return {Code::invalid_argument, std::string(context) + "ref: invalid value: validation error"};
}

// `text` is one modifier: its character and what follows up to the next modifier.
Result<RefModifier> parse_modifier(std::string_view text) {
  const auto unparsable = [&] { return invalid("could not parse modifier " + std::string(text) + ": "); };
  const std::string_view number = text.substr(1);

  RefModifier modifier;
  switch (text.front()) {
    case '~':
      modifier.kind = RefModifier::Kind::ancestor;
      break;
    case '^':
      modifier.kind = RefModifier::Kind::parent;
      break;
    case '@':
      modifier.kind = RefModifier::Kind::committed;
      break;
    default:
      modifier.kind = RefModifier::Kind::staging;
      break;
  }
  const bool numbered =
      modifier.kind == RefModifier::Kind::ancestor || modifier.kind == RefModifier::Kind::parent;
  if (number.empty()) return modifier;
  if (!numbered) return unparsable();
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), modifier.number);
  if (error != std::errc() || end != number.data() + number.size()) return unparsable();
  return modifier;
}

}  // namespace

Result<ParsedRef> parse_ref(std::string_view text) {
  ParsedRef parsed;
  const std::size_t base_end = std::min(text.find_first_of(kModifiers), text.size());
  parsed.base = text.substr(0, base_end);
  if (parsed.base.empty()) return invalid();

  for (std::size_t at = base_end; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(kModifiers, at + 1), text.size());
    ASSIGN_OR_RETURN(const RefModifier modifier, parse_modifier(text.substr(at, end - at)));
    parsed.modifiers.push_back(modifier);
    at = end;
  }

  for (const RefModifier& modifier : parsed.modifiers) {
    const bool of_branch =
        modifier.kind == RefModifier::Kind::committed || modifier.kind == RefModifier::Kind::staging;
    if (of_branch && parsed.modifiers.size() > 1) return invalid();
  }
  return parsed;
}

std::string to_string(const ParsedRef& ref) {
  std::string text = ref.base;
  for (const RefModifier& modifier : ref.modifiers) {
    switch (modifier.kind) {
      case RefModifier::Kind::ancestor:
        text += '~' + std::to_string(modifier.number);
        break;
      case RefModifier::Kind::parent:
        text += '^' + std::to_string(modifier.number);
        break;
      case RefModifier::Kind::committed:
        text += '@';
        break;
      case RefModifier::Kind::staging:
        text += '$';
        break;
    }
  }
  return text;
}

}  // namespace mere::version
