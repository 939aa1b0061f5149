// For tests only: a service without signatures at a server of this process, whose answers a test scripts.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "block/remote_client.h"
#include "http/client_test_support.h"
#include "http/test_client.h"
#include "http/test_handlers.h"

namespace mere::block::testing {

class PlainService final : public RemoteService {
 public:
  explicit PlainService(std::string origin) : origin_(std::move(origin)) {}
  Status prepare(const RemoteRequest& request, RemoteMessage& message) override {
    message.origin = origin_;
    message.request.path = "/" + request.bucket + "/" + percent_encode(request.key, "/");
    ++prepared;
    return {};
  }
  RemoteFault fault_of(const RemoteRequest&, const RemoteAnswer& answer) const override {
    return {.code = answer.body, .message = "", .request_id = std::string(answer.headers.get("x-id"))};
  }
  bool adapt(const RemoteRequest&, const RemoteAnswer&, const RemoteFault& fault) override {
    return fault.code == "Moved" && ++adapted;
  }

  std::atomic<int> prepared{0};
  std::atomic<int> adapted{0};

 private:
  const std::string origin_;
};

// A RemoteClient for that service, whose pauses are noted instead of waited.
class Remote {
 public:
  explicit Remote(const std::string& origin, RemoteOptions options = {},
                  http::ClientOptions http_options = {})
      : http_(http::testing::make_client(http_options)),
        service_(origin),
        client_(*http_, service_, with_pause(std::move(options)), system_clock(), random_) {}

  const RemoteClient& client() const { return client_; }
  PlainService& service() { return service_; }
  std::vector<std::chrono::milliseconds> pauses() const {
    std::lock_guard lock(mutex_);
    return pauses_;
  }

 private:
  RemoteOptions with_pause(RemoteOptions options) {
    options.pause = [this](std::chrono::milliseconds delay) {
      std::lock_guard lock(mutex_);
      pauses_.push_back(delay);
    };
    return options;
  }

  mutable std::mutex mutex_;
  std::vector<std::chrono::milliseconds> pauses_;
  SeededRandom random_{1};
  const std::unique_ptr<http::Client> http_;
  PlainService service_;
  const RemoteClient client_;
};

inline RemoteRequest get_request(std::string key = "key") {
  return {.what = "read test://bucket/" + key, .method = "GET", .bucket = "bucket", .key = std::move(key)};
}

inline std::string origin_of(const http::testing::RunningServer& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

}  // namespace mere::block::testing
