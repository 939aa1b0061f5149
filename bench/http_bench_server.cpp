// The HTTP server's own limit: a server on loopback that answers every GET with the same 300 bytes of JSON,
// /file with a file and every POST with the size of its body.
//
//   http_bench_server [address] [io threads] [file] [certificate key]
//   load --to 127.0.0.1:8901 --connections 32 "GET /"
//
// Prints the processor time per request at the end (SIGINT).
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "http/server.h"

namespace {

using namespace mere;

class FixedHandler final : public http::Handler {
 public:
  explicit FixedHandler(const char* file) {
    answer_ = R"({"id":")" + std::string(286, 'x') + R"("})";
    if (!file) return;
    file_ = std::make_shared<const Fd>(::open(file, O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (::fstat(file_->get(), &status) == 0) file_bytes_ = static_cast<std::uint64_t>(status.st_size);
  }

  Task<http::Response> handle(http::Request request) override {
    http::Response response;
    if (request.body) {
      std::size_t total = 0;
      const auto buffer = std::make_unique<std::byte[]>(kBuffer);
      while (true) {
        const auto count = co_await request.body->read({buffer.get(), kBuffer});
        if (!count || *count == 0) break;
        total += *count;
      }
      response.body = std::to_string(total) + "\n";
    } else if (request.path == "/file" && file_) {
      response.body = http::FileBody{file_, 0, file_bytes_};
    } else {
      response.headers.add("Content-Type", "application/json");
      response.body = answer_;
    }
    co_return response;
  }

 private:
  static constexpr std::size_t kBuffer = 256u << 10;
  std::string answer_;
  std::shared_ptr<const Fd> file_;
  std::uint64_t file_bytes_ = 0;
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  http::ServerOptions options;
  options.listen = argc > 1 ? argv[1] : "127.0.0.1:8901";
  options.io_threads = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1;
  FixedHandler handler(argc > 3 ? argv[3] : nullptr);
  if (argc > 5) {
    options.tls_certificate_file = argv[4];
    options.tls_key_file = argv[5];
  }
  auto server = http::Server::listen(options, handler);
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message.c_str());
    return 1;
  }
  std::thread running([&] { (*server)->run(); });
  std::printf("listening on %s\n", (*server)->address().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  (*server)->stop(std::chrono::seconds(0));
  running.join();

  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto requests = static_cast<double>((*server)->statistics().requests_total);
  std::printf("%.0f requests; per request %.2f us user, %.2f us system; at most %ld KiB resident\n", requests,
              seconds(usage.ru_utime) / requests * 1e6, seconds(usage.ru_stime) / requests * 1e6,
              usage.ru_maxrss);
}
