// The HTTP client against our own server in the same process, which answers at once.
//   build/release/http_client_bench [--benchmark_filter=...]
// The limit next to it: `RawGet` and `RawDownload`, a blocking socket without a client. The processor time is
// of the whole process, the server too.
#include <benchmark/benchmark.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <variant>

#include "base/executor.h"
#include "base/fd.h"
#include "http/client.h"
#include "http/server.h"
#include "http/test_client.h"

namespace mere::http {
namespace {

constexpr std::size_t kPiece = 256u << 10;
constexpr std::uint64_t kLarge = 1u << 30;

// 300 bytes of JSON, /large, and the size of a body that was sent.
class FixedHandler final : public Handler {
 public:
  FixedHandler() {
    // As large as its figure but empty: the pages are zeros that no disk is asked for.
    if (::ftruncate(file_->get(), static_cast<off_t>(kLarge)) != 0) std::abort();
  }

  Task<Response> handle(Request request) override {
    Response response;
    if (request.body) {
      const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kPiece);
      std::uint64_t total = 0;
      for (;;) {
        const Result<std::size_t> count = co_await request.body->read({buffer.get(), kPiece});
        if (!count || *count == 0) break;
        total += *count;
      }
      response.body = std::to_string(total);
    } else if (request.path == "/large") {
      response.body = FileBody{file_, 0, kLarge};
    } else {
      response.headers.add("Content-Type", "application/json");
      response.body = answer_;
    }
    co_return response;
  }

 private:
  const std::string answer_ = R"({"id":")" + std::string(286, 'x') + R"("})";
  const std::shared_ptr<const Fd> file_ = std::make_shared<const Fd>(::memfd_create("large", MFD_CLOEXEC));
};

class Fixture {
 public:
  explicit Fixture(ClientOptions options = {}) {
    ServerOptions server_options;
    server_options.listen = "127.0.0.1:0";
    server_options.io_threads = 1;
    server_ = Server::listen(server_options, handler_).value();
    thread_ = std::thread([this] { server_->run(); });
    client_ = Client::make(options).value();
    origin_ = "http://" + server_->address();
  }
  ~Fixture() {
    client_.reset();
    server_->stop(std::chrono::seconds(0));
    thread_.join();
  }

  std::uint16_t port() const { return server_->port(); }

  // One request; the bytes of its answer's body.
  Task<std::uint64_t> ask(Executor& executor, std::string method, std::string path,
                          std::unique_ptr<BodyReader> body = nullptr, std::uint64_t length = 0) {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.executor = &executor;
    request.body = std::move(body);
    if (request.body) request.content_length = length;
    std::variant<Response, SendError> sent = co_await client_->send(origin_, std::move(request), {});
    Response* const response = std::get_if<Response>(&sent);
    if (!response || response->status != 200) std::abort();
    if (auto* const whole = std::get_if<std::string>(&response->body)) co_return whole->size();
    BodyReader& reader = *std::get<StreamBody>(response->body).reader;
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kPiece);
    std::uint64_t total = 0;
    for (;;) {
      const Result<std::size_t> count = co_await reader.read({buffer.get(), kPiece});
      if (!count) std::abort();
      if (*count == 0) co_return total;
      total += *count;
    }
  }

 private:
  FixedHandler handler_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::unique_ptr<Client> client_;
  std::string origin_;
};

class ZeroBody final : public BodyReader {
 public:
  explicit ZeroBody(std::uint64_t size) : left_(size) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, into.size()));
    left_ -= count;
    co_return count;  // whatever stands there
  }

 private:
  std::uint64_t left_;
};

void RawGet(benchmark::State& state) {
  Fixture fixture;
  testing::RawClient raw(fixture.port());
  for (auto _ : state) benchmark::DoNotOptimize(raw.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
}
BENCHMARK(RawGet)->MeasureProcessCPUTime()->UseRealTime();

void Get(benchmark::State& state) {
  Fixture fixture;
  BlockingExecutor executor;
  for (auto _ : state) executor.run(fixture.ask(executor, "GET", "/"));
}
BENCHMARK(Get)->MeasureProcessCPUTime()->UseRealTime();

void PostSmall(benchmark::State& state) {
  Fixture fixture;
  BlockingExecutor executor;
  const std::string body(300, 'x');
  for (auto _ : state) {
    executor.run(fixture.ask(executor, "POST", "/", make_string_body(body), body.size()));
  }
}
BENCHMARK(PostSmall)->MeasureProcessCPUTime()->UseRealTime();

// `count` requests handed over at once, again and again; `max_connections` carry them.
void GetAtOnce(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Fixture fixture;
  BlockingExecutor executor;
  const auto one = [&](std::size_t& left, std::coroutine_handle<>& waiter) -> mere::detail::Detached {
    co_await fixture.ask(executor, "GET", "/");
    if (--left == 0) waiter.resume();
  };
  const auto all = [&]() -> Task<void> {
    std::size_t left = count;
    std::coroutine_handle<> waiter;
    for (std::size_t i = 0; i < count; ++i) one(left, waiter);
    struct Wait {
      std::coroutine_handle<>& waiter;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> awaiter) { waiter = awaiter; }
      void await_resume() const {}
    };
    Wait wait{waiter};
    co_await wait;  // none has ended yet: they resume on this thread
  };
  for (auto _ : state) executor.run(all());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(GetAtOnce)->Arg(64)->Arg(10'000)->MeasureProcessCPUTime()->UseRealTime()->Unit(
    benchmark::kMillisecond);

void RawDownload(benchmark::State& state) {
  Fixture fixture;
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kPiece);
  for (auto _ : state) {
    testing::RawClient raw(fixture.port());
    raw.send("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    while (::recv(raw.fd(), buffer.get(), kPiece, 0) > 0) {
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLarge));
}
BENCHMARK(RawDownload)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

void Download(benchmark::State& state) {
  Fixture fixture;
  BlockingExecutor executor;
  for (auto _ : state) {
    if (executor.run(fixture.ask(executor, "GET", "/large")) != kLarge) std::abort();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLarge));
}
BENCHMARK(Download)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

void Upload(benchmark::State& state) {
  Fixture fixture;
  BlockingExecutor executor;
  for (auto _ : state) {
    executor.run(fixture.ask(executor, "PUT", "/", std::make_unique<ZeroBody>(kLarge), kLarge));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLarge));
}
BENCHMARK(Upload)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mere::http
