// What a client did, kept for the report of a failure. One thread.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "torture/operation.h"

namespace mere::torture {

class History {
 public:
  void add(std::uint64_t round, const Operation& operation, const Outcome& outcome);
  void note(std::uint64_t round, const std::string& what);
  // The latest `count` lines that have to do with one of the names (branches, paths, tags) that `problems`
  // mention; all of the latest if they mention none.
  std::vector<std::string> about(const std::vector<std::string>& problems, std::size_t count) const;

 private:
  struct Line {
    std::vector<std::string> names;  // empty: concerns all
    std::string text;
  };
  void keep(Line line);
  std::deque<Line> lines_;
};

}  // namespace mere::torture
