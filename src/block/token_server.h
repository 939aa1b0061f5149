// For tests only: where access tokens are asked for, in this process.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "block/remote_test_support.h"

namespace mere::block::testing {

// Answers each request with the next token ("token-1", …), and keeps what it was asked: method, target, the
// value of a header, body.
class TokenServer {
 public:
  explicit TokenServer(int status = 200, std::string lives = "3600",
                       std::string proof_header = "Metadata-Flavor")
      : status_(status), lives_(std::move(lives)), proof_header_(std::move(proof_header)) {}
  std::string origin() const { return origin_of(server_); }
  std::vector<std::string> asked() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  Task<http::Response> answer(http::Request request) {
    auto body = co_await http::read_all(request.body.get(), 1u << 20);
    std::lock_guard lock(mutex_);
    asked_.push_back(request.method + " " + request.path + " " +
                     std::string(request.headers.get(proof_header_)) + " " +
                     std::move(body).value_or(std::string()));
    if (!request.query.empty()) asked_.back().insert(asked_.back().find(' ', 5), "?" + request.query);
    if (status_ != 200)
      co_return http::testing::text(
          R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})", status_);
    co_return http::testing::text(R"({"access_token":"token-)" + std::to_string(asked_.size()) +
                                  R"(","token_type":"Bearer","expires_in":)" + lives_ + "}");
  }

  const int status_;
  const std::string lives_;  // JSON
  const std::string proof_header_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  http::testing::RunningServer server_{{},
                                       [this](http::Request request) { return answer(std::move(request)); }};
};

}  // namespace mere::block::testing
