#include "client/path_pattern.h"

namespace mere::client {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  for (;;) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

Result<PathPattern> PathPattern::parse(std::string_view pattern) {
  PathPattern made;
  const auto special = pattern.find_first_of("*?[{\\");
  made.prefix_ = pattern.substr(0, special);
  for (const std::string_view segment : segments_of(pattern)) {
    if (segment == "**") {
      made.segments_.emplace_back(std::nullopt);
      continue;
    }
    ASSIGN_OR_RETURN(Glob glob, Glob::parse(segment));
    made.segments_.emplace_back(std::move(glob));
  }
  return made;
}

// `reached[i]`: the segments of the path so far match the first i of the pattern; so that its time is that of
// the two lengths multiplied, however many ** there are.
bool PathPattern::matches(std::string_view path) const {
  const std::size_t count = segments_.size();
  std::vector<bool> reached(count + 1, false);
  reached[0] = true;
  const auto pass_stars = [&] {
    for (std::size_t i = 0; i < count; ++i) {
      if (reached[i] && !segments_[i]) reached[i + 1] = true;
    }
  };
  pass_stars();
  for (const std::string_view segment : segments_of(path)) {
    std::vector<bool> next(count + 1, false);
    for (std::size_t i = 0; i < count; ++i) {
      if (!reached[i]) continue;
      if (!segments_[i]) {
        next[i] = true;
      } else if (segments_[i]->matches(segment)) {
        next[i + 1] = true;
      }
    }
    reached = std::move(next);
    pass_stars();
  }
  return reached[count];
}

}  // namespace mere::client
