#include <unistd.h>

#include <csignal>
#include <iostream>

#include "cli/command.h"

extern char** environ;

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of the write, not of the process
  std::signal(SIGXFSZ, SIG_IGN);  // so is a file larger than the system allows

  mere::cli::Environment environment{
      {std::cout, std::cerr, isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1}, {}};
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.variables.emplace_back(*variable);
  return mere::cli::run_program({argv + 1, argv + argc}, environment);
}
