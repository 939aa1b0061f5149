#include "client/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace mere::client {
namespace {

constexpr std::size_t kMostThreads = 64;

}  // namespace

Status in_parallel(std::size_t threads, const std::function<Result<bool>()>& step) {
  std::atomic<bool> over = false;
  std::mutex mutex;
  std::optional<Error> first;
  const auto work = [&] {
    while (!over) {
      Result<bool> more = step();
      if (more && *more) continue;
      over = true;
      if (more) return;
      std::lock_guard lock(mutex);
      if (!first) first = std::move(more).error();
    }
  };
  {
    std::vector<std::jthread> others;  // this thread is one of them
    for (std::size_t i = 1; i < std::clamp<std::size_t>(threads, 1, kMostThreads); ++i)
      others.emplace_back(work);
    work();
  }
  if (first) return *first;
  return {};
}

}  // namespace mere::client
