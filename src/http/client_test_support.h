// For tests only: a server that does with its connections what a script says, and ways to run, hold and
// drop what a client is asked.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/executor.h"
#include "base/fd.h"
#include "http/client.h"

namespace mere::http::testing {

// A script's end of a connection.
class Peer {
 public:
  Peer(Fd socket, int number) : socket_(std::move(socket)), number_(number) {}

  int number() const { return number_; }  // of the connections of its server, from 0

  // The next request's head; "" if the client closed.
  std::string read_head() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return {};
    }
    std::string head = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
    return head;
  }
  // False if the client closed before.
  bool read_bytes(std::size_t count) {
    while (buffer_.size() < count) {
      if (!receive()) return false;
    }
    buffer_.erase(0, count);
    return true;
  }
  // Returns once the client has closed or reset the connection.
  void wait_for_end() {
    do {
      buffer_.clear();
    } while (receive());
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  void close() {
    std::lock_guard lock(mutex_);
    socket_ = Fd();
  }
  // Any thread: ends what the script waits for.
  void interrupt() {
    std::lock_guard lock(mutex_);
    if (socket_.get() >= 0) ::shutdown(socket_.get(), SHUT_RDWR);
  }

 private:
  bool receive() {
    char bytes[65536];
    const ssize_t count = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  std::mutex mutex_;  // close() against interrupt()
  Fd socket_;
  const int number_;
  std::string buffer_;
};

// A thread a connection runs the script; the connection closes when it returns.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;
  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    MERE_CHECK(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    MERE_CHECK(::listen(listener_.get(), 64) == 0);
    MERE_CHECK(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    for (Connection& connection : connections_) {
      connection.peer->interrupt();
      connection.thread.join();
    }
  }

  std::uint16_t port() const { return port_; }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  struct Connection {
    std::unique_ptr<Peer> peer;
    std::thread thread;
  };

  void accept() {
    for (;;) {
      Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (socket.get() < 0) return;
      auto peer = std::make_unique<Peer>(std::move(socket), static_cast<int>(connections_.size()));
      Peer* const own = peer.get();
      connections_.push_back({std::move(peer), std::thread([this, own] {
                                script_(*own);
                                own->close();
                              })});
    }
  }

  const Script script_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
  std::list<Connection> connections_;  // the thread's, until it is joined
};

// Something that happens once and is waited for.
class Event {
 public:
  void set() {
    std::lock_guard lock(mutex_);
    is_set_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
};

// Runs what is posted when the test says so.
class TestExecutor final : public Executor {
 public:
  void post(std::function<void()> work) override {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
    posted_.notify_one();
  }
  template <class F>
  void run_until(F done) {
    while (!done()) {
      std::function<void()> work;
      {
        std::unique_lock lock(mutex_);
        posted_.wait(lock, [this] { return !queue_.empty(); });
        work = std::move(queue_.front());
        queue_.pop_front();
      }
      work();
    }
  }
  // Runs what has been posted by now.
  void run_posted() {
    bool ran = false;
    post([&] { ran = true; });
    run_until([&] { return ran; });
  }
  // Returns once something is there to run, which is left alone.
  void wait_for_post() {
    std::unique_lock lock(mutex_);
    posted_.wait(lock, [this] { return !queue_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> queue_;
};

// A body whose reads answer when the test says so.
class Gate {
 public:
  explicit Gate(Executor& executor) : executor_(executor) {}
  std::unique_ptr<BodyReader> body() { return std::make_unique<Gated>(*this); }
  bool is_waited_for() const { return waiter_ != nullptr; }
  void open() {
    if (waiter_) executor_.post([waiter = std::exchange(waiter_, {})] { waiter.resume(); });
  }

 private:
  class Gated final : public BodyReader {
   public:
    explicit Gated(Gate& gate) : gate_(gate) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
      struct Wait {
        Gate& gate;
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> awaiter) { gate.waiter_ = awaiter; }
        void await_resume() const {}
      };
      Wait wait{gate_};
      co_await wait;
      into[0] = std::byte('x');
      co_return 1u;
    }

   private:
    Gate& gate_;
  };

  Executor& executor_;
  std::coroutine_handle<> waiter_;
};

// A task that was started, and is dropped with this.
template <class T>
class Running {
 public:
  explicit Running(Task<T> task) : coroutine_(run(std::move(task), result_)) {}
  Running(const Running&) = delete;
  ~Running() { drop(); }
  void drop() {
    if (coroutine_.handle) std::exchange(coroutine_.handle, {}).destroy();
  }
  bool done() const { return result_.has_value(); }
  T& operator*() { return *result_; }
  T* operator->() { return &*result_; }

 private:
  struct Coroutine {
    struct promise_type {
      Coroutine get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
      std::suspend_never initial_suspend() const noexcept { return {}; }
      std::suspend_always final_suspend() const noexcept { return {}; }
      void return_void() const noexcept {}
      void unhandled_exception() const noexcept { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
  };
  static Coroutine run(Task<T> task, std::optional<T>& result) { result.emplace(co_await std::move(task)); }

  std::optional<T> result_;
  Coroutine coroutine_;
};

using Sent = std::variant<Response, SendError>;

inline std::unique_ptr<Client> make_client(ClientOptions options = {}) {
  // Whatever the machine is set to, these tests stay on it.
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    ::unsetenv(name);
  }
  auto client = Client::make(options);
  MERE_CHECK(client.has_value());
  return *std::move(client);
}

inline Request make_request(Executor& executor, std::string method, std::string path) {
  Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.executor = &executor;
  return request;
}

// What became of a request: its answer with the body, or why there is none.
struct Outcome {
  int status = 0;
  Headers headers;
  std::optional<std::uint64_t> length;
  std::string body;
  std::optional<Error> body_error;
  std::optional<SendError> error;
};

inline Task<Outcome> finish(Sent sent) {
  Outcome outcome;
  if (auto* const error = std::get_if<SendError>(&sent)) {
    outcome.error = std::move(*error);
    co_return outcome;
  }
  Response& response = std::get<Response>(sent);
  outcome.status = response.status;
  outcome.headers = std::move(response.headers);
  outcome.length = response.content_length_without_body;
  if (auto* const text = std::get_if<std::string>(&response.body)) {
    outcome.body = std::move(*text);
    outcome.length = outcome.body.size();
  } else if (auto* const stream = std::get_if<StreamBody>(&response.body)) {
    outcome.length = stream->length;
    const auto buffer = std::make_unique<std::byte[]>(100'000);
    for (;;) {
      const Result<std::size_t> count = co_await stream->reader->read({buffer.get(), 100'000});
      if (!count) outcome.body_error = count.error();
      if (!count || *count == 0) break;
      outcome.body.append(reinterpret_cast<const char*>(buffer.get()), *count);
    }
  }
  co_return outcome;
}

inline Task<Outcome> ask_within(Client& client, std::string origin, Request request, SendOptions options) {
  Sent sent = co_await client.send(std::move(origin), std::move(request), std::move(options));
  co_return co_await finish(std::move(sent));
}

// How ask() goes: by the client's loop (many), or on the thread that asks (one).
inline BlockingExecutor::Tasks& way() {
  static BlockingExecutor::Tasks tasks = BlockingExecutor::Tasks::many;
  return tasks;
}

// Tests that hold both ways.
class BothWays : public ::testing::TestWithParam<BlockingExecutor::Tasks> {
 protected:
  BothWays() { way() = GetParam(); }
  ~BothWays() override { way() = BlockingExecutor::Tasks::many; }
};
inline std::string name_of_way(const ::testing::TestParamInfo<BlockingExecutor::Tasks>& info) {
  return info.param == BlockingExecutor::Tasks::one ? "here" : "loop";
}

inline Outcome ask(Client& client, const std::string& origin, std::string method, std::string path,
                   SendOptions options = {}, std::unique_ptr<BodyReader> body = nullptr,
                   std::optional<std::uint64_t> length = std::nullopt) {
  BlockingExecutor executor(way());
  Request request = make_request(executor, std::move(method), std::move(path));
  request.body = std::move(body);
  request.content_length = length;
  return executor.run(ask_within(client, origin, std::move(request), std::move(options)));
}

}  // namespace mere::http::testing
