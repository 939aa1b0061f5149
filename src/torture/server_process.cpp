#include "torture/server_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

extern char** environ;

namespace mere::torture {
namespace {

constexpr std::chrono::seconds kPatience{120};

// Variables of ours that the user set must not change what the server does.
std::vector<std::string> clean_environment(const std::vector<std::string>& more) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view text = *variable;
    if (!text.starts_with("MERE_") && !text.starts_with("LAKEFS_")) variables.emplace_back(text);
  }
  variables.emplace_back("MERE_INSTALLATION_USER_NAME=torture");
  variables.push_back(fmt::format("MERE_INSTALLATION_ACCESS_KEY_ID={}", kAccessKey));
  variables.push_back(fmt::format("MERE_INSTALLATION_SECRET_ACCESS_KEY={}", kSecretKey));
  variables.insert(variables.end(), more.begin(), more.end());
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// Between fork and exec nothing may be allocated: all is ready before.
pid_t spawn(std::vector<std::string> arguments, std::vector<std::string> environment, int output,
            int errors) {
  const std::vector<char*> argv = pointers(arguments), env = pointers(environment);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);  // ^C is for this program: the server must not hear it
  if (::getppid() != parent) ::_exit(127);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  ::execve(argv[0], argv.data(), env.data());
  ::_exit(127);
}

Error system_error(std::string_view what) {
  return Error{Code::io_error, fmt::format("{}: {}", what, std::strerror(errno))};
}

Result<std::pair<Fd, Fd>> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("a pipe");
  return std::pair(Fd(ends[0]), Fd(ends[1]));
}

std::string how_ended(int status) {
  return WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                             : fmt::format("exit status {}", WEXITSTATUS(status));
}

// What comes until the end, or until `enough` says so.
template <class Enough>
std::string read_until(int from, std::chrono::steady_clock::time_point deadline, const Enough& enough) {
  std::string text;
  std::array<char, 4096> piece;
  while (!enough(text)) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{from, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0) break;
    const ssize_t count = ::read(from, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

Result<std::string> ServerProcess::start(const std::vector<std::string>& environment) {
  ASSIGN_OR_RETURN(Fd output, spawn_server(environment));
  return read_url(std::move(output));
}

Status ServerProcess::start_and_kill(std::chrono::microseconds later) {
  ASSIGN_OR_RETURN(const Fd output, spawn_server({}));
  std::this_thread::sleep_for(later);
  kill();
  return {};
}

Result<Fd> ServerProcess::spawn_server(const std::vector<std::string>& environment) {
  const std::string log_file = options_.folder + ".log";
  std::vector<std::string> arguments = {
      options_.program, "serve",       "--data", options_.folder,
      "--listen",       "127.0.0.1:0", "--set",  "logging.output=" + log_file};
  for (const std::string& setting : options_.settings) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  const Fd log(::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log) return system_error("opening " + log_file);
  ASSIGN_OR_RETURN(auto output, make_pipe());
  process_ = spawn(std::move(arguments), clean_environment(environment), output.second.get(), log.get());
  if (process_ < 0) return system_error("starting the server");
  return std::move(output.first);
}

Result<std::string> ServerProcess::read_url(Fd output) {
  constexpr std::string_view kBefore = " on http://";
  const auto found = [&](const std::string& text) { return text.find(" (^C") != std::string::npos; };
  const std::string text = read_until(output.get(), std::chrono::steady_clock::now() + kPatience, found);
  const std::size_t at = text.find(kBefore);
  if (at != std::string::npos && found(text)) {
    const std::size_t begin = at + std::string_view(" on ").size();
    return text.substr(begin, text.find(' ', begin) - begin);
  }
  std::string how = "it said nothing in time";
  has_ended(how);
  kill();
  return Error{Code::unavailable, fmt::format("the server did not start: {} {}", how, text)};
}

int ServerProcess::wait() {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  return status;
}

void ServerProcess::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  wait();
}

bool ServerProcess::has_ended(std::string& how) {
  if (process_ <= 0) return true;
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
    return false;
  how = info.si_code == CLD_EXITED ? fmt::format("exit status {}", info.si_status)
                                   : fmt::format("signal {}", info.si_status);
  process_ = 0;
  return true;
}

Result<int> ServerProcess::stop() {
  if (process_ <= 0) return 0;
  ::kill(process_, SIGTERM);
  const Fd exit(static_cast<int>(::syscall(434 /* pidfd_open */, process_, 0)));
  pollfd gone{exit.get(), POLLIN, 0};
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
  if (exit && ::poll(&gone, 1, static_cast<int>(patience.count())) == 0) {
    kill();
    return Error{Code::deadline_exceeded,
                 fmt::format("the server is not gone {} s after SIGTERM", kPatience.count())};
  }
  const int status = wait();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Result<ServerProcess::Ended> ServerProcess::run(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all = {options_.program};
  all.insert(all.end(), arguments.begin(), arguments.end());
  ASSIGN_OR_RETURN(auto output, make_pipe());
  const pid_t child = spawn(std::move(all), clean_environment({}), output.second.get(), output.second.get());
  if (child < 0) return system_error("starting the program");
  output.second = Fd();
  Ended ended;
  ended.output = read_until(output.first.get(), std::chrono::steady_clock::time_point::max(),
                            [](const std::string&) { return false; });
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ended.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.output += how_ended(status);
  return ended;
}

}  // namespace mere::torture
