#include "torture/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mere::torture {
namespace {

constexpr std::size_t kKept = 4000;

// A name by itself: "c1-branch-7" is not in "branch c1-branch-71 is gone".
bool mentions(const std::string& text, const std::string& name) {
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if (end == text.size() || std::string_view(" :,").find(text[end]) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

void History::keep(Line line) {
  lines_.push_back(std::move(line));
  if (lines_.size() > kKept) lines_.pop_front();
}

void History::add(std::uint64_t round, const Operation& operation, const Outcome& outcome) {
  Line line;
  for (const std::string& name : {operation.branch, operation.source_branch, operation.name}) {
    if (!name.empty()) line.names.push_back(name);
  }
  line.text = fmt::format("round {}: {}: {}", round, describe(operation), describe(outcome));
  keep(std::move(line));
}

void History::note(std::uint64_t round, const std::string& what) {
  keep({{}, fmt::format("round {}: {}", round, what)});
}

std::vector<std::string> History::about(const std::vector<std::string>& problems, std::size_t count) const {
  const auto concerns = [&](const Line& line) {
    return line.names.empty() ||
           std::any_of(problems.begin(), problems.end(), [&](const std::string& problem) {
             return std::any_of(line.names.begin(), line.names.end(),
                                [&](const std::string& name) { return mentions(problem, name); });
           });
  };
  const bool any = std::any_of(lines_.begin(), lines_.end(),
                               [&](const Line& line) { return !line.names.empty() && concerns(line); });
  std::vector<std::string> found;
  for (auto line = lines_.rbegin(); line != lines_.rend() && found.size() < count; ++line) {
    if (!any || concerns(*line)) found.push_back(line->text);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace mere::torture
