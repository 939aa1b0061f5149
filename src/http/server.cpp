#include "http/server.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <thread>
#include <vector>

#include "http/listener.h"
#include "http/worker.h"

namespace mere::http {
namespace {

constexpr std::chrono::seconds kLongestGrace = std::chrono::hours(24 * 365);  // adds to a time point

// sendfile() and OpenSSL's writes raise SIGPIPE at a closed connection, and the signals that stop a
// program belong to the thread that waits for them.
void block_signals_of_other_threads() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2})
    sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

class ThreadedServer final : public Server {
 public:
  ThreadedServer(ServerOptions options, Handler& handler, std::unique_ptr<TlsIdentity> tls)
      : options_(std::move(options)), tls_(std::move(tls)), shared_{options_, handler, tls_.get()} {}

  Status open(std::size_t threads) {
    ASSIGN_OR_RETURN(Listeners listeners, listen_on(options_.listen, threads));
    address_ = listeners.address;
    port_ = listeners.port;
    for (Fd& socket : listeners.sockets) {
      ASSIGN_OR_RETURN(auto loop, EventLoop::create());
      workers_.push_back(std::make_unique<Worker>(shared_, std::move(loop), std::move(socket)));
    }
    return {};
  }

  std::uint16_t port() const override { return port_; }
  std::string address() const override { return address_; }

  void run() override {
    std::vector<std::thread> threads;
    for (const auto& worker : workers_) {
      threads.emplace_back([&worker] {
        block_signals_of_other_threads();
        pthread_setname_np(pthread_self(), "http");
        worker->run();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  void stop(std::chrono::seconds grace) override {
    const TimePoint deadline = std::chrono::steady_clock::now() + std::min(grace, kLongestGrace);
    for (const auto& worker : workers_) worker->stop(deadline);
  }

  Statistics statistics() const override {
    Statistics statistics;
    statistics.connections_open = shared_.connections_open.load(std::memory_order_relaxed);
    statistics.connections_total = shared_.connections_total.load(std::memory_order_relaxed);
    for (const auto& worker : workers_) statistics.requests_total += worker->requests();
    return statistics;
  }

 private:
  const ServerOptions options_;
  const std::unique_ptr<TlsIdentity> tls_;
  WorkerShared shared_;
  std::string address_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(const ServerOptions& options, Handler& handler) {
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return Error{Code::invalid_argument, "TLS needs both a certificate file and a key file"};
  }
  std::unique_ptr<TlsIdentity> tls;
  if (!options.tls_certificate_file.empty()) {
    ASSIGN_OR_RETURN(tls, TlsIdentity::load(options.tls_certificate_file, options.tls_key_file));
  }
  const std::size_t threads =
      options.io_threads > 0 ? options.io_threads : std::max(1u, std::thread::hardware_concurrency());
  auto server = std::make_unique<ThreadedServer>(options, handler, std::move(tls));
  RETURN_IF_ERROR(server->open(threads));
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace mere::http
