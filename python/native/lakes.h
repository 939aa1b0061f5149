// The lakes that this process reaches, and the threads that all of them share.
//
// A fork copies no thread: in the child, everything here is left as it lies (never destroyed) and made
// anew when it is asked for; a lake that was open in-process cannot follow.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "client/connection.h"
#include "client/loop_thread.h"
#include "http/client.h"
#include "serve/local_access.h"

namespace mere::python {

// How a server is reached.
struct HttpSettings {
  std::string origin;
  http::ClientOptions options;
};

// A way to a lake, kept by the sessions that use it.
struct Lake {
  std::unique_ptr<serve::LocalLake> local;  // null: by HTTP
  std::shared_ptr<http::Client> client;     // null: in-process
  std::unique_ptr<client::Connection> connection;
  http::ClientOptions http;  // how other servers are reached that this lake names
  std::string name;
  std::string token;  // of an in-process lake's administrator, or of one that is served from its folder
};

// Any thread. Errors: invalid_argument (an origin that is no URL, a file that cannot be read).
Result<std::shared_ptr<Lake>> reach_server(const HttpSettings& settings);
// All that ask for one folder share one lake; it closes with the last. While another process serves it, a
// way to that server. Errors: those of open_local_lake; `unavailable`: another process has it and does
// not serve it.
Result<std::shared_ptr<Lake>> open_folder(const std::string& folder, bool create);
// To any server, such as those that pre-signed URLs name. Equal options share a client, its thread and its
// connections.
Result<std::shared_ptr<http::Client>> client_for(const http::ClientOptions& options);

client::LoopThread& loop_thread();

// Called as the interpreter ends, without its lock: from now on the core's thread does nothing more, because
// a thread that asks an ending interpreter for its lock is ended by it, in the midst of whatever it does.
void park_loop_thread();
// Whether that has happened: what would wait for the thread must not.
bool parked();

// Grows with each fork that this process is a child of.
int generation();
void after_fork_in_child();

}  // namespace mere::python
