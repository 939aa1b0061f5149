// One call of the API: what is sent, how, and what its answer's head said.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/body_source.h"
#include "http/message.h"

namespace mere::client {

// The head of an answer, of an error's too.
struct Answer {
  int status = 0;  // 0: no answer came
  http::Headers headers;
};

// What callers may say of any call.
struct CallOptions {
  // Further attempts after the first, where repeating is safe; nullopt: the session's.
  std::optional<int> retries{};
  // Of each attempt, to the head of the answer; 0: none, nullopt: the session's.
  std::optional<std::chrono::milliseconds> timeout{};
  std::stop_token stop{};    // asked to stop, the call ends with `cancelled`
  http::Headers headers{};   // further ones, such as x-lakefs-meta-…; they replace what the call has
  Answer* answer = nullptr;  // where to put the head of the answer; it outlives the call
};

// A request, made by the functions of client/calls.h.
struct Call {
  std::string_view operation;  // "getRepository": for messages; a literal
  std::string method;
  std::string path;   // percent-encoded
  std::string query;  // without '?'
  http::Headers headers;
  std::shared_ptr<BodySource> body;  // null: none
  bool may_redirect = false;         // a redirect is an answer
  std::optional<Error> problem;      // an argument that cannot be sent: the call ends with it
};

// What the API's description says of statuses, told backwards: what a caller may conclude. 409 is
// `conflict`, and for an operation that creates `already_exists`.
Code code_of(int status, std::string_view operation);

// The error of an answer that is none of success: the server's message, or if it gave none the status.
Error error_of(int status, std::string_view operation, std::string_view body);

}  // namespace mere::client
