#include "client/transport.h"

#include <utility>

namespace mere::client {
namespace {

class HttpTransport final : public Transport {
 public:
  HttpTransport(http::Client& client, std::string origin) : client_(client), origin_(std::move(origin)) {}

  Task<std::variant<http::Response, http::SendError>> send(http::Request request,
                                                           http::SendOptions options) override {
    return client_.send(origin_, std::move(request), std::move(options));
  }
  const std::string& name() const override { return origin_; }

 private:
  http::Client& client_;
  const std::string origin_;
};

class LocalTransport final : public Transport {
 public:
  LocalTransport(http::Handler& handler, std::string name) : handler_(handler), name_(std::move(name)) {}

  Task<std::variant<http::Response, http::SendError>> send(http::Request request,
                                                           http::SendOptions options) override {
    if (options.stop.stop_requested()) {
      co_return http::SendError{{Code::cancelled, "the call was cancelled"}, http::Reached::not_sent};
    }
    request.peer = "in-process";
    http::Response response = co_await handler_.handle(std::move(request));
    co_return response;
  }
  const std::string& name() const override { return name_; }

 private:
  http::Handler& handler_;
  const std::string name_;
};

}  // namespace

std::unique_ptr<Transport> make_http_transport(http::Client& client, std::string origin) {
  return std::make_unique<HttpTransport>(client, std::move(origin));
}

std::unique_ptr<Transport> make_local_transport(http::Handler& handler, std::string name) {
  return std::make_unique<LocalTransport>(handler, std::move(name));
}

}  // namespace mere::client
