// One connection: reads requests, hands them to the handler one after the other, has its answers written.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "base/task.h"
#include "http/event_loop.h"
#include "http/input_buffer.h"
#include "http/message.h"
#include "http/request_body.h"
#include "http/request_head.h"
#include "http/response_writer.h"
#include "http/server.h"
#include "http/transport.h"
#include "http/wire.h"

namespace mere::http {

// What the connections of one loop share; used on its thread only, but for the counters.
struct ConnectionContext {
  ConnectionContext(EventLoop& its_loop, const ServerOptions& its_options, Handler& its_handler,
                    TlsIdentity* its_tls, MemoryBudget& its_body_memory)
      : loop(its_loop),
        options(its_options),
        handler(its_handler),
        tls(its_tls),
        body_memory(its_body_memory) {}

  EventLoop& loop;
  const ServerOptions& options;
  Handler& handler;
  TlsIdentity* tls;           // null: plain
  MemoryBudget& body_memory;  // the server's
  bool draining = false;      // the server is stopping: every answer is a connection's last
  BufferPool buffers{};
  std::atomic<std::uint64_t> requests{0};

  // The Date field's value, made once a second.
  std::string_view date();

 private:
  std::time_t date_second_ = -1;
  std::string date_;
};

class SocketBody;

class Connection {
 public:
  Connection(ConnectionContext& context, Fd socket, std::string peer);
  ~Connection();

  // Ends when the connection is closed; the Connection may be destroyed then and not before. A handler
  // under way is always waited for.
  Task<void> serve();

  // The server is stopping: ends the wait for a next request, if that is what this connection does.
  void end_if_idle();
  // Ends every wait for the peer, now and later.
  void cut() { wire_.socket.interrupt(); }

 private:
  friend class SocketBody;

  // Whose end it is when the connection goes.
  enum class End {
    none,    // it stays
    plain,   // close
    gentle,  // the peer may still be sending: let it read the answer before it sees a reset
    abort,   // so that the peer notices that the answer is not whole
  };

  // How a request's body finds its connection; `connection` on the loop's thread only.
  struct BodyLink {
    BodyLink(EventLoop& its_loop, Connection* its_connection) : loop(its_loop), connection(its_connection) {}
    EventLoop& loop;
    Connection* connection;  // null: the exchange is over
  };

  enum class Next { request, refused, gone };

  Task<bool> shake_hands();
  Task<Next> read_head();
  Next refuse(Refusal refusal);
  Task<End> exchange();
  void begin_exchange();
  Request take_request();

  Task<End> respond(const Response& response);
  Task<void> linger();
  void abort();

  ConnectionContext& context_;
  Wire wire_;
  InputBuffer in_;
  ResponseWriter writer_;
  RequestBody body_;
  bool idle_ = false;  // waiting for the first byte of a request

  // Of the exchange under way.
  RequestHead head_;
  Refusal refusal_;
  bool is_head_ = false;
  int minor_version_ = 1;
  bool keep_alive_ = true;
  bool close_asked_ = false;  // by the client, who then sends nothing more
  std::shared_ptr<BodyLink> body_link_;
};

}  // namespace mere::http
