// For tests: what there is something to compress in.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

namespace mere::tree {

// Words from a small set, so that there is something to find.
inline std::string arbitrary_words() {
  const auto words = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("a", "ab", "lake", "branch/", std::string(70, 'x'),
                                    std::string(3000, 'y'), "0123456789", std::string("\0\xff", 2)));
  std::string text;
  for (const std::string& word : words) text += word;
  return text;
}

}  // namespace mere::tree
