// A transfer on the client's thread: curl's handle, its options and its callbacks.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/client.h"
#include "http/client_exchange.h"

namespace mere::http {

// A handle with the options that every transfer of a client shares; null without memory.
CURL* make_handle(const ClientOptions& options);

struct Transfer {
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Transfer(std::shared_ptr<Exchange> of) : exchange(std::move(of)) {}
  Transfer(const Transfer&) = delete;

  // Sets the options of this request on `handle`.
  void prepare(CURL* handle, const TimePoint& clock, std::vector<std::shared_ptr<Exchange>>& to_touch);
  SendError failure_of(CURLcode code) const;
  Reached reached() const { return requests_begun > 0 ? Reached::maybe : Reached::not_sent; }
  // Notes that the caller is to be told of something after this round.
  void touch();
  // curl goes on, but for the sides that wait for the caller.
  void resume();
  // curl's handle, to be used again. It refers to nothing of this transfer any more.
  CURL* release();
  // It is the peer's turn to move a body: silence is its fault.
  bool awaits_bytes() const;

  const std::shared_ptr<Exchange> exchange;
  CURL* easy = nullptr;                     // null: it waits for its turn
  std::list<Transfer*>::iterator in_queue;  // while it does
  std::optional<TimePoint> head_deadline;
  TimePoint deadline;  // as noted by the loop
  TimePoint last_progress;
  bool has_head = false;
  bool refused = false;  // by a status of 300 or more: curl sends no more of the request's body
  bool touched = false;
  std::uint64_t body_sent = 0;
  bool body_is_sent = true;
  int requests_begun = 0;            // connections that were about to carry the request
  std::optional<Error> own_failure;  // what a callback refused for

  AnswerHead answer;
  bool in_chunks = false;
  std::size_t head_bytes = 0;
  std::vector<curl_slist> header_nodes;
  curl_slist connect_to{};
  char message[CURL_ERROR_SIZE] = "";
  const TimePoint* now = nullptr;
  std::vector<std::shared_ptr<Exchange>>* touched_list = nullptr;
};

}  // namespace mere::http
