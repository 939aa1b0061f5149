#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "cli/command.h"

extern char** environ;

namespace {

// Left alone, glibc raises the size from which a buffer goes back to the system when it is freed to that of
// the largest one freed so far, and each of its arenas then keeps twice as much: thirty commits of 1 MiB in a
// row left 200 MiB behind, and 40 MiB with fixed sizes.
void bound_kept_memory() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
  ::mallopt(M_TOP_PAD, 128 << 10);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  bound_kept_memory();
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of the write, not of the process
  std::signal(SIGXFSZ, SIG_IGN);  // so is a file larger than the system allows

  mere::cli::Environment environment{
      {std::cout, std::cerr, isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1}, {}};
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.variables.emplace_back(*variable);
  return mere::cli::run_program({argv + 1, argv + argc}, environment);
}
