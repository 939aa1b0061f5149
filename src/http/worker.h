// One thread of a server: its loop, its listening socket, its connections.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/fd.h"
#include "base/task.h"
#include "http/connection.h"
#include "http/event_loop.h"
#include "http/server.h"

namespace mere::http {

// What all workers of a server share.
struct WorkerShared {
  const ServerOptions& options;
  Handler& handler;
  TlsIdentity* tls;  // null: plain
  MemoryBudget body_memory{options.body_memory_bytes};
  std::atomic<std::uint64_t> connections_open{0};
  std::atomic<std::uint64_t> connections_total{0};
};

class Worker {
 public:
  Worker(WorkerShared& shared, std::unique_ptr<EventLoop> loop, Fd listener);
  ~Worker();

  // On the thread that becomes the worker's; returns when it has stopped and its last connection is gone.
  void run();
  // Any thread, any number of times; the earliest `deadline` counts.
  void stop(TimePoint deadline);

  std::uint64_t requests() const { return context_.requests.load(std::memory_order_relaxed); }

 private:
  Task<void> accept_connections();
  bool accept_one();  // false: none is waiting, or none can be taken now
  void begin(Fd socket, std::string peer);
  void turn_away(int socket);
  void begin_stop(TimePoint deadline);
  void end_if_done();

  WorkerShared& shared_;
  std::unique_ptr<EventLoop> loop_;
  ConnectionContext context_;
  std::unique_ptr<Socket> listener_;  // null: no longer accepting
  bool out_of_descriptors_ = false;
  std::optional<TimePoint> deadline_;  // of the stop
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
};

}  // namespace mere::http
