// For the tests that cmake/layers.cmake makes of fuzzers: what a fuzzer has kept, and a few thousand seeded
// changes of it (MERE_CHANGES: how many; MERE_SEED: others), in every build and without libFuzzer. The long
// search is `./dev fuzz`.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.h"

namespace mere {

// One to four changes of the kinds that find most: bits, bytes, pieces that go, come twice or come from
// elsewhere.
inline std::string changed(std::string text, const std::vector<std::string>& all, Random& random) {
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(random.next_u64() % std::max<std::size_t>(n, 1));
  };
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    const std::size_t at = below(text.size());
    const std::size_t size = std::min(text.size() - at, 1 + below(16));
    switch (below(6)) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:
        if (!text.empty()) text[at] = static_cast<char>(below(256));
        break;
      case 2:
        text.erase(at, size);
        break;
      case 3:
        text.insert(at, text.substr(at, size));
        break;
      case 4:
        text.resize(at);
        break;
      default: {
        const std::string& other = all[below(all.size())];
        text.insert(at, other.substr(std::min(other.size(), below(other.size())), 1 + below(32)));
      }
    }
  }
  return text;
}

inline void run_corpus(const std::filesystem::path& folder, int (*fuzzer)(const std::uint8_t*, std::size_t)) {
  const char* const wanted = std::getenv("MERE_CHANGES");
  const std::size_t changes = wanted ? std::stoull(wanted) : 4000;  // of all texts together
  const char* const seed = std::getenv("MERE_SEED");
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(folder)) files.push_back(file.path());
  ASSERT_FALSE(files.empty()) << folder;
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const auto& path : files) {
    std::ifstream in(path, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  const auto run = [&](const std::string& text) {
    // A copy of its own size: what is read behind it is found by AddressSanitizer.
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    fuzzer(bytes.data(), bytes.size());
  };
  SeededRandom random(seed ? std::stoull(seed) : 1);
  for (const std::string& text : texts) run(text);
  for (std::size_t i = 0; i < changes; ++i) run(changed(texts[i % texts.size()], texts, random));
}

}  // namespace mere
