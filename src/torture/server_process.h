// A server as a process of its own, on a folder, on a free loopback port: started, killed, stopped.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace mere::torture {

struct ServerOptions {
  std::string program;                // the file to run
  std::string folder;                 // of the lake; its neighbour "<folder>.log" takes what it logs
  std::vector<std::string> settings;  // "key=value"
};

// One thread. A process that is still there when its owner goes is killed; if this program dies, the
// system kills it.
class ServerProcess {
 public:
  explicit ServerProcess(ServerOptions options) : options_(std::move(options)) {}
  ~ServerProcess() { kill(); }
  ServerProcess(const ServerProcess&) = delete;

  // Starts it with further environment ("NAME=value") and waits until it says where it listens. Errors:
  // `unavailable`, it ended or said nothing; `io_error`.
  Result<std::string> start(const std::vector<std::string>& environment = {});
  void kill();  // SIGKILL
  // Starts it and kills it soon, most likely before it listens: while it recovers.
  Status start_and_kill(std::chrono::microseconds later);
  // SIGTERM; its exit status. Errors: `deadline_exceeded` if it is not gone in time; it is killed then.
  Result<int> stop();
  bool is_running() const { return process_ > 0; }
  // Whether it has ended by itself, and how ("exit status 1", "signal 6").
  bool has_ended(std::string& how);

  // Runs another command of the program to its end; its exit status, and what it printed to both streams.
  struct Ended {
    int status = 0;
    std::string output;
  };
  Result<Ended> run(const std::vector<std::string>& arguments) const;
  const std::string& folder() const { return options_.folder; }

 private:
  Result<Fd> spawn_server(const std::vector<std::string>& environment);  // what it prints
  Result<std::string> read_url(Fd output);
  int wait();

  ServerOptions options_;
  pid_t process_ = 0;
};

// The keys of the first admin of every lake that is made here.
inline constexpr const char* kAccessKey = "AKIAMERETORTURE00000";
inline constexpr const char* kSecretKey = "mere/torture/not/a/secret/0123456789abcd";

}  // namespace mere::torture
