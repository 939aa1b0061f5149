#include "torture/shrink.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "torture/lake_run.h"

namespace mere::torture {
namespace {

constexpr int kTries = 3;  // of one way

// The lake again, in a folder of its own; nullopt if nothing was found.
std::optional<Shrunk> attempt(Options options, std::chrono::steady_clock::time_point deadline) {
  LakeRun run(options, options.seed);
  if (!run.begin()) return std::nullopt;
  std::uint64_t round = 0;
  while (round < options.rounds && run.findings().empty() && std::chrono::steady_clock::now() < deadline) {
    run.round();
    ++round;
  }
  run.finish();
  if (run.findings().empty()) return std::nullopt;
  Shrunk found{options, run.findings(), 0};
  found.options.rounds = round;
  return found;
}

// What may be left out, the most first.
std::vector<Options> shorter(const Shrunk& failing) {
  std::vector<Options> ways;
  const Options& now = failing.options;
  const auto add = [&](const auto& change) {
    Options way = now;
    change(way);
    ways.push_back(std::move(way));
  };
  if (now.clients > 1) add([](Options& way) { way.clients = 1; });
  if (now.clients > 2) add([](Options& way) { way.clients /= 2; });
  if (now.faults.size() > 1) {
    for (const Fault fault : now.faults) {
      if (name_of(fault) == failing.findings.front().fault) add([&](Options& way) { way.faults = {fault}; });
    }
  }
  if (now.operations_a_round > 8) add([](Options& way) { way.operations_a_round /= 4; });
  if (now.rounds > 1) add([](Options& way) { way.rounds /= 2; });
  return ways;
}

}  // namespace

Shrunk shrink(Shrunk failing, std::chrono::steady_clock::time_point deadline) {
  const std::string folder = failing.options.folder;
  std::error_code ignored;
  std::uint64_t attempts = 0;
  for (bool is_shorter = true; is_shorter;) {
    is_shorter = false;
    for (Options& way : shorter(failing)) {
      for (int attempted = 0; attempted < kTries && !is_shorter; ++attempted) {
        if (std::chrono::steady_clock::now() >= deadline) {
          failing.attempts = attempts;
          return failing;
        }
        way.folder = fmt::format("{}/shorter-{}", folder, ++attempts);
        std::filesystem::create_directories(way.folder, ignored);
        std::optional<Shrunk> found = attempt(way, deadline);
        if (!found) {
          std::filesystem::remove_all(way.folder, ignored);
          continue;
        }
        if (failing.options.folder != folder) std::filesystem::remove_all(failing.options.folder, ignored);
        failing = *std::move(found);
        is_shorter = true;
      }
      if (is_shorter) break;
    }
  }
  failing.attempts = attempts;
  return failing;
}

}  // namespace mere::torture
