#include "cli/serving.h"

#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <thread>

#include "base/log.h"

namespace mere::cli {
namespace {

// A connection is a file descriptor: the usual soft limit of 1024 would be met long before ours.
void raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) log::warn("the limit of open files cannot be raised");
}

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

void add_serving_flags(CLI::App& command, ServingOptions& options) {
  add_lake_flags(command, options.lake);
  command.add_option("-l,--listen", options.listen, "ADDRESS:PORT to listen on (127.0.0.1:8000)");
}

Result<serve::Config> configure(const ServingOptions& options, Environment& environment) {
  ASSIGN_OR_RETURN(serve::Config config, configure(options.lake, environment, StandardOutput::logs));
  if (options.listen) config.listen_address = *options.listen;
  return config;
}

void hold_stop_signals() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

std::optional<int> wait_for_stop_signal(std::chrono::milliseconds time) {
  const sigset_t signals = stop_signals();
  const timespec most{time.count() / 1000, (time.count() % 1000) * 1'000'000};
  const int signal = sigtimedwait(&signals, nullptr, &most);
  if (signal < 0) return std::nullopt;
  return signal;
}

int serve_until_signal(serve::Program& program, Environment& environment,
                       const std::function<void(const std::string&)>& ready) {
  raise_open_files_limit();
  const sigset_t signals = stop_signals();
  std::atomic<bool> is_over = false;
  std::thread waiter([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    if (is_over) return;
    log::info("shutting down", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    std::signal(SIGINT, [](int) { ::_exit(130); });
    std::signal(SIGTERM, [](int) { ::_exit(143); });
    program.stop();
  });

  const Status served = program.serve(ready);
  if (!served) {
    is_over = true;
    pthread_kill(waiter.native_handle(), SIGTERM);
    waiter.join();
    return fail(environment, served.error());
  }
  waiter.join();
  return 0;
}

}  // namespace mere::cli
