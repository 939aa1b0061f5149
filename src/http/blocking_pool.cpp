#include "http/blocking_pool.h"

#include <utility>

namespace mere::http {
namespace {

// Shorter than what servers keep an idle connection for: a kept one is seldom about to be closed.
constexpr std::chrono::seconds kLongestIdle{50};

}  // namespace

BlockingPool::Lease::~Lease() {
  if (!keep_) connection.reset();
  pool_->give_back(origin_, std::move(connection));
}

std::unique_ptr<BlockingPool::Lease> BlockingPool::take(const std::shared_ptr<BlockingPool>& pool,
                                                        const std::string& origin, Patience& patience,
                                                        BlockingConnection::Clock::time_point end) {
  using Clock = BlockingConnection::Clock;
  std::unique_ptr<BlockingConnection> kept;
  std::vector<std::unique_ptr<BlockingConnection>> old;  // closed after the lock
  std::unique_lock lock(pool->mutex_);
  Origin& found = pool->origins_[origin];
  ++found.waiting;  // it stays where it is
  bool wanted = true;
  while (wanted && found.leased >= pool->most_) {
    found.freed.wait_for(lock, patience.slice(end));
    lock.unlock();
    wanted = patience.go_on() && Clock::now() < end;
    lock.lock();
  }
  --found.waiting;
  if (!wanted) return nullptr;
  ++found.leased;
  if (!found.kept.empty()) {
    if (Clock::now() - found.kept.back()->idle_since > kLongestIdle) {
      old.swap(found.kept);  // the others have lain longer
    } else {
      kept = std::move(found.kept.back());
      found.kept.pop_back();
    }
  }
  lock.unlock();
  return std::make_unique<Lease>(pool, origin, std::move(kept));
}

void BlockingPool::give_back(const std::string& origin, std::unique_ptr<BlockingConnection> connection) {
  if (connection) connection->idle_since = BlockingConnection::Clock::now();
  std::lock_guard lock(mutex_);
  const auto found = origins_.find(origin);
  Origin& there = found->second;
  --there.leased;
  if (connection && !closing_) there.kept.push_back(std::move(connection));
  if (there.waiting > 0) {
    there.freed.notify_one();
  } else if (there.leased == 0 && there.kept.empty()) {
    origins_.erase(found);
  }
}

void BlockingPool::close() {
  closing_ = true;
  std::lock_guard lock(mutex_);
  for (auto& [name, origin] : origins_) origin.kept.clear();
}

}  // namespace mere::http
