// The connections of requests that are waited for where they are made, kept between them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/blocking_connection.h"

namespace mere::http {

// Any thread. Outlives, shared, the client that made it.
class BlockingPool {
 public:
  explicit BlockingPool(std::size_t most) : most_(most) {}

  // The right to one connection to an origin, and the kept one if there is one.
  class Lease {
   public:
    Lease(std::shared_ptr<BlockingPool> pool, std::string origin, std::unique_ptr<BlockingConnection> kept)
        : connection(std::move(kept)), pool_(std::move(pool)), origin_(std::move(origin)) {}
    Lease(const Lease&) = delete;
    ~Lease();
    // The connection is kept for others; otherwise it closes with the lease.
    void keep() { keep_ = true; }
    const std::atomic<bool>& closing() const { return pool_->closing_; }

    std::unique_ptr<BlockingConnection> connection;  // null: to be opened

   private:
    const std::shared_ptr<BlockingPool> pool_;
    const std::string origin_;
    bool keep_ = false;
  };

  // Waits while as many as may be are leased. Null: `patience` or the time ended.
  static std::unique_ptr<Lease> take(const std::shared_ptr<BlockingPool>& pool, const std::string& origin,
                                     Patience& patience, BlockingConnection::Clock::time_point end);
  const std::atomic<bool>& closing() const { return closing_; }
  // What is under way ends soon with `cancelled`; what is kept closes.
  void close();

 private:
  struct Origin {
    std::size_t leased = 0, waiting = 0;
    std::condition_variable freed;
    std::vector<std::unique_ptr<BlockingConnection>> kept;  // the last used is the last
  };
  void give_back(const std::string& origin, std::unique_ptr<BlockingConnection> connection);

  const std::size_t most_;
  std::atomic<bool> closing_ = false;
  std::mutex mutex_;
  std::unordered_map<std::string, Origin> origins_;  // guarded by mutex_
};

}  // namespace mere::http
