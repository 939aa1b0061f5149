// Sends requests over TCP and TLS: kept connections, proxies, time-outs, bodies streamed both ways.
//
// One thread of the client's own drives every transfer (libcurl's multi interface), so that ten
// thousand requests under way cost no thread each. Any thread may call any method.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>

#include "base/result.h"
#include "base/task.h"
#include "http/message.h"

namespace mere::http {

struct ClientOptions {
  std::size_t max_connections = 64;                   // to one host; what is above waits its turn
  std::chrono::milliseconds connect_timeout{10'000};  // with its name's look-up and its TLS; 0: curl's, 5 min
  // A body, the request's or the answer's, of which the peer moves no byte for this long ends with
  // `deadline_exceeded`; 0: never. It does not count while the peer is at work on its answer, nor while
  // a reader of ours is what is waited for.
  std::chrono::milliseconds idle_timeout{60'000};
  bool verify_tls = true;
  std::string ca_file;           // PEM; "": the system's
  std::string certificate_file;  // PEM; "": none is shown
  std::string key_file;
  std::string tls_server_name;  // "": the URL's host
  // "http://host:port"; "": HTTP_PROXY, HTTPS_PROXY, NO_PROXY decide, as curl reads them.
  std::string proxy;
  // How much of a body is read ahead of its reader, and handed over at once.
  std::size_t buffer_bytes = 1u << 20;
};

struct SendOptions {
  // From now to the last byte of the answer's head; 0: as long as the peer is alive, which TCP probes
  // (a dead one is noticed within two minutes).
  std::chrono::milliseconds timeout{0};
  std::chrono::milliseconds connect_timeout{0};  // 0: the client's
  // Asked to stop, the transfer ends soon with `cancelled`; its connection is closed.
  std::stop_token stop;
};

// Where a request came to its end without an answer.
enum class Reached {
  not_sent,  // no byte of it left: repeating it is safe whatever it does
  maybe,     // the peer may have acted on it
};

struct SendError {
  Error error;  // unavailable (no connection, or it broke), deadline_exceeded, cancelled, invalid_argument
                // (URL)
  Reached reached = Reached::maybe;
  // Every further attempt meets the same until somebody changes a setting, the URL or the server: its
  // certificate is not trusted, out of date or another host's, or it speaks no TLS, or none that we do.
  // Whoever repeats requests tells it at once.
  //
  // A name without an address is no such failure, though it may well be mistyped: curl says the same of a
  // name server that is away for a moment. It is found soon, so repeating it costs the pauses only.
  bool is_lasting = false;
};

class Client {
 public:
  // Errors: invalid_argument (a file of `options` cannot be read, a proxy that is no URL).
  static Result<std::unique_ptr<Client>> make(const ClientOptions& options);
  virtual ~Client() = default;  // ends what is under way with `cancelled`

  // Sends `request` to `origin` ("https://host:port", no path) and answers when the head of the answer
  // has come; a body longer than what came with it is a StreamBody whose reader pulls the rest, at most
  // `buffer_bytes` ahead. A body that breaks off, or is shorter than its Content-Length, is an error of
  // its reader, never a short body. Redirects are answers, not followed. The connection goes back to
  // the pool when the body has been read to its end and is closed when the reader is dropped before.
  //
  // Resumes on `request.executor`, and pulls `request.body` there, a piece ahead. Tasks and readers are
  // dropped on that executor too; a transfer that is dropped is cut off. A read of `request.body` that is
  // under way then is not: the body and what it reads from last until that read has answered.
  virtual Task<std::variant<Response, SendError>> send(std::string origin, Request request,
                                                       SendOptions options) = 0;
};

}  // namespace mere::http
