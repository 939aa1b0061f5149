// For tests: a lake that answers what the test laid down, in turn, and keeps what it was asked.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/session.h"

namespace mere::client {

class ScriptedLake {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  void answer(int status, std::string body, const Fields& fields = {}) {
    http::Response response;
    response.status = status;
    for (const auto& [name, value] : fields) response.headers.add(name, value);
    if (!body.empty()) response.body = std::move(body);
    handler_.script.push_back(std::move(response));
  }
  // A body that ends with an error after `body`.
  void answer_broken(int status, std::string body, Code code, const Fields& fields = {}) {
    answer(status, "", fields);
    auto reader = std::make_unique<BrokenBody>(std::move(body), code);
    handler_.script.back().body = http::StreamBody{std::move(reader), 1'000'000};
  }

  const std::shared_ptr<Session>& session() {
    if (!session_) session_ = Session::over(make_local_transport(handler_, "a script"), {});
    return session_;
  }
  const std::vector<std::string>& requests() const { return handler_.requests; }  // "GET /path?query"
  const std::vector<http::Headers>& headers() const { return handler_.headers; }
  const std::vector<std::string>& bodies() const { return handler_.bodies; }

 private:
  class BrokenBody final : public http::BodyReader {
   public:
    BrokenBody(std::string text, Code code) : text_(std::move(text)), code_(code) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
      if (text_.empty()) co_return Error{code_, "the connection broke"};
      const std::size_t count = std::min(into.size(), text_.size());
      std::memcpy(into.data(), text_.data(), count);
      text_.erase(0, count);
      co_return count;
    }

   private:
    std::string text_;
    Code code_;
  };

  class Handler final : public http::Handler {
   public:
    Task<http::Response> handle(http::Request request) override {
      requests.push_back(request.method + " " + request.path +
                         (request.query.empty() ? "" : "?" + request.query));
      headers.push_back(request.headers);
      Task<Result<std::string>> reading = http::read_all(request.body.get(), 1u << 30);
      const Result<std::string> body = co_await std::move(reading);
      bodies.push_back(body ? *body : "broken: " + body.error().message);
      http::Response response;
      response.status = 500;
      if (!script.empty()) {
        response = std::move(script.front());
        script.pop_front();
      }
      co_return response;
    }
    std::deque<http::Response> script;
    std::vector<std::string> requests;
    std::vector<http::Headers> headers;
    std::vector<std::string> bodies;
  };

  Handler handler_;
  std::shared_ptr<Session> session_;
};

}  // namespace mere::client
