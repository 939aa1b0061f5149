#include "cli/serving.h"

#include <unistd.h>

#include <csignal>
#include <ostream>
#include <thread>

#include "base/log.h"
#include "cli/lake_options.h"

namespace mere::cli {

int serve_until_signal(serve::Program& program, Environment& environment,
                       const std::function<void(const std::string&)>& ready) {
  // Signals are taken by a thread that waits for them: no work is done in a handler.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::thread waiter([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    log::info("shutting down", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    std::signal(SIGINT, [](int) { ::_exit(130); });
    std::signal(SIGTERM, [](int) { ::_exit(143); });
    program.stop();
  });

  const Status served = program.serve(ready);
  if (!served) {
    pthread_kill(waiter.native_handle(), SIGTERM);
    waiter.join();
    return fail(environment, served.error());
  }
  waiter.join();
  return 0;
}

}  // namespace mere::cli
