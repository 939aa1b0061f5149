// The client's thread: it owns curl's handles and drives every transfer with one epoll.
//
// curl is handed only as many transfers as may run at once to an origin; the others wait here.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "http/client.h"
#include "http/client_transfer.h"

namespace mere::http {

class Exchange;

class ClientLoop final {
 public:
  enum class Order { start, stop, resume_receiving, resume_sending };

  static Result<std::shared_ptr<ClientLoop>> make(const ClientOptions& options);
  explicit ClientLoop(ClientOptions options) : options_(std::move(options)) {}
  ~ClientLoop();

  // Any thread. After close() a start ends with `cancelled`, the rest is nothing.
  void post(std::shared_ptr<Exchange> exchange, Order order);
  // Ends everything under way with `cancelled`, and the thread.
  void close();

  const ClientOptions& options() const { return options_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Message {
    std::shared_ptr<Exchange> exchange;
    Order order;
  };
  struct Origin {
    std::size_t active = 0;
    std::list<Transfer*> waiting;  // any of them may be stopped
    bool noted = false;            // in freed_
  };
  using Origins = std::unordered_map<std::string, Origin>;

  void run();
  bool take_orders();
  void start(std::shared_ptr<Exchange> exchange);
  void note_freed(Origins::value_type& origin);
  void run_waiting();
  bool activate(Transfer& transfer);
  void end_unwatched();
  void tell_touched();
  void collect_finished();
  void end_overdue();
  void end(Transfer& transfer, std::optional<SendError> failure);
  void set_deadline(Transfer& transfer, Clock::time_point time);
  int wait_milliseconds() const;
  void wait();
  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM*, long milliseconds, void* self);

  const ClientOptions options_;
  Fd epoll_, wake_;
  CURLM* multi_ = nullptr;
  std::thread thread_;

  std::mutex mutex_;
  std::vector<Message> inbox_;  // guarded by mutex_
  bool sleeping_ = false;       // guarded by mutex_
  bool closing_ = false;        // guarded by mutex_

  // The thread only.
  std::vector<Message> orders_;
  std::unordered_map<Exchange*, std::unique_ptr<Transfer>> transfers_;
  Origins origins_;
  std::vector<Origins::value_type*> freed_;  // may run more, or be forgotten
  std::vector<CURL*> idle_handles_;
  std::set<std::pair<Clock::time_point, Transfer*>> deadlines_;
  std::vector<std::shared_ptr<Exchange>> touched_;
  std::vector<std::shared_ptr<Exchange>> unwatched_;  // whose socket epoll did not take
  Clock::time_point now_ = Clock::now();
  Clock::time_point curl_timer_ = Clock::time_point::max();
};

}  // namespace mere::http
