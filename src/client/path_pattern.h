// Shell-like patterns over whole paths: "raw/2026-*/**/*.parquet".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "base/result.h"

namespace mere::client {

// A segment is a Glob (base/glob.h), which sees no slash; the segment `**` is any number of segments, also
// none. Immutable: any thread may match.
class PathPattern {
 public:
  // Errors: those of Glob::parse.
  static Result<PathPattern> parse(std::string_view pattern);

  bool matches(std::string_view path) const;  // the whole of it
  // What every path that matches begins with.
  const std::string& prefix() const { return prefix_; }

 private:
  std::vector<std::optional<Glob>> segments_;  // nullopt: **
  std::string prefix_;
};

}  // namespace mere::client
