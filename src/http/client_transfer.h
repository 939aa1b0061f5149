// A transfer on the client's thread: curl's handle, its options and its callbacks.
#pragma once

#include <curl/curl.h>

#include <chrono>
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
  void touch();

  const std::shared_ptr<Exchange> exchange;
  CURL* easy = nullptr;  // null: it waits for its turn
  std::optional<TimePoint> head_deadline;
  TimePoint deadline;  // as noted by the loop
  TimePoint last_progress;
  bool has_head = false;
  bool touched = false;
  int requests_begun = 0;            // connections that were about to carry the request
  std::optional<Error> own_failure;  // what a callback refused for

  AnswerHead answer;
  std::size_t head_bytes = 0;
  std::vector<curl_slist> header_nodes;
  curl_slist connect_to{};
  char message[CURL_ERROR_SIZE] = "";
  const TimePoint* now = nullptr;
  std::vector<std::shared_ptr<Exchange>>* touched_list = nullptr;
};

}  // namespace mere::http
