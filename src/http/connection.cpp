#include "http/connection.h"

#include <sys/socket.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/time_format.h"

namespace mere::http {
namespace {

constexpr std::size_t kLingerBytes = 4u << 20;  // read from a peer that is being closed
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kRequestTurn = 64u << 10;  // what a request counts for among the bytes of a turn

// In the API's form of errors, for clients that read every answer as JSON.
Response to_response(const Refusal& refusal) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("message");
  json.string(refusal.reason);
  json.end_object();

  Response response;
  response.status = refusal.status;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

}  // namespace

std::string_view ConnectionContext::date() {
  const std::time_t second = ::time(nullptr);
  if (second != date_second_) {
    date_second_ = second;
    date_ = to_http_date(Timestamp{static_cast<std::int64_t>(second), 0});
  }
  return date_;
}

// A request's body on its way from the socket. It may outlive the exchange in the handler's hands, and
// then finds the link cut.
class SocketBody final : public BodyReader {
 public:
  explicit SocketBody(std::shared_ptr<Connection::BodyLink> link) : link_(std::move(link)) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    co_await link_->loop.here();
    if (!link_->connection) co_return Error{Code::cancelled, "the request is over"};
    co_return co_await link_->connection->body_.read(into);
  }

 private:
  std::shared_ptr<Connection::BodyLink> link_;
};

Connection::Connection(ConnectionContext& context, Fd socket, std::string peer)
    : context_(context),
      wire_(context.loop, context.options, std::move(socket), std::move(peer)),
      in_(context.buffers),
      writer_(wire_),
      body_(wire_, in_, writer_) {}

Connection::~Connection() {
  if (body_link_) body_link_->connection = nullptr;
}

void Connection::end_if_idle() {
  if (idle_) wire_.socket.wake();
}

Task<void> Connection::serve() {
  if (!wire_.socket.watch() || !co_await shake_hands()) co_return;
  End end = End::none;
  while (end == End::none) {
    switch (co_await read_head()) {
      case Next::gone:
        end = End::plain;
        break;
      case Next::refused: {
        const Response response = to_response(refusal_);
        end = co_await respond(response);
        break;
      }
      case Next::request:
        end = co_await exchange();
        break;
    }
  }
  if (end == End::abort) {
    abort();
  } else {
    wire_.transport->end_writing();
    if (end == End::gentle) co_await linger();
  }
}

Task<bool> Connection::shake_hands() {
  wire_.transport =
      context_.tls ? context_.tls->make_transport(wire_.socket) : make_plain_transport(wire_.socket);
  if (!wire_.transport) co_return false;
  const TimePoint deadline = wire_.loop.now() + wire_.options.header_timeout;
  while (true) {
    const Progress progress = wire_.transport->handshake();
    if (progress.state == Progress::State::moved) co_return true;
    if (progress.state == Progress::State::ended || progress.state == Progress::State::broken)
      co_return false;
    if (co_await wire_.socket.wait(interest_of(progress), deadline) != Socket::Wake::ready) co_return false;
  }
}

Task<Connection::Next> Connection::read_head() {
  const HeadLimits limits{wire_.options.max_header_bytes, wire_.options.max_target_bytes};
  HeadScanner scanner(limits);
  bool begun = !in_.empty();
  bool last_look = false;
  TimePoint deadline = wire_.loop.now() + (begun ? wire_.options.header_timeout : wire_.options.idle_timeout);
  while (true) {
    if (!in_.empty()) {
      const auto scanned = scanner.scan(in_.bytes());
      if (const auto* refusal = std::get_if<Refusal>(&scanned)) co_return refuse(*refusal);
      if (const auto* found = std::get_if<HeadScanner::Complete>(&scanned)) {
        auto parsed = parse_request_head(in_.bytes().substr(found->begin, found->end - found->begin), limits);
        in_.consume(found->end);
        if (const auto* refusal = std::get_if<Refusal>(&parsed)) co_return refuse(*refusal);
        head_ = std::get<RequestHead>(std::move(parsed));
        if (head_.content_length.value_or(0) > wire_.options.max_body_bytes) {
          co_return refuse({413, "the body is too large"});
        }
        co_return Next::request;
      }
    }

    Socket::Interest interest = Socket::kRead;
    if (wire_.socket.may_read() || last_look) {
      const Progress progress = wire_.transport->read(in_.space());
      switch (progress.state) {
        case Progress::State::moved:
          in_.received(progress.bytes);
          if (!begun) {
            begun = true;
            deadline = wire_.loop.now() + wire_.options.header_timeout;
          }
          continue;
        case Progress::State::ended:
        case Progress::State::broken:
          co_return Next::gone;
        case Progress::State::blocked_read:
        case Progress::State::blocked_write:
          interest = interest_of(progress);
          break;
      }
    }

    if (!begun) {
      if (context_.draining && last_look) co_return Next::gone;
      if (context_.draining) {
        last_look = true;
        continue;
      }
      in_.release();
      writer_.rest();
      idle_ = true;
    }
    const Socket::Wake wake = co_await wire_.socket.wait(interest, deadline);
    idle_ = false;
    wire_.waits();
    if (wake == Socket::Wake::timed_out) {
      co_return begun ? refuse({408, "the request did not arrive in time"}) : Next::gone;
    }
    if (wake == Socket::Wake::interrupted && (begun || !context_.draining)) co_return Next::gone;
  }
}

Connection::Next Connection::refuse(Refusal refusal) {
  refusal_ = refusal;
  head_ = RequestHead();
  head_.keep_alive = false;
  begin_exchange();
  close_asked_ = false;
  // Where its body would end is not known: nothing more is read.
  in_.clear();
  return Next::refused;
}

void Connection::begin_exchange() {
  is_head_ = head_.method == "HEAD";
  minor_version_ = head_.minor_version;
  keep_alive_ = head_.keep_alive;
  close_asked_ = !keep_alive_;
  body_.begin(head_);
}

Request Connection::take_request() {
  Request request;
  request.method = std::move(head_.method);
  request.path = std::move(head_.path);
  request.query = std::move(head_.query);
  request.headers = std::move(head_.headers);
  request.content_length = head_.content_length;
  if (!body_.is_read()) {
    body_link_ = std::make_shared<BodyLink>(wire_.loop, this);
    request.body = std::make_unique<SocketBody>(body_link_);
  }
  request.peer = wire_.peer;
  request.secure = context_.tls != nullptr;
  request.executor = &wire_.loop;
  request.memory = &context_.body_memory;
  return request;
}

Task<Connection::End> Connection::exchange() {
  begin_exchange();
  context_.requests.fetch_add(1, std::memory_order_relaxed);
  if (wire_.took_its_turn(kRequestTurn)) co_await wire_.loop.yield();

  End end = End::abort;
  {
    Response response;
    try {
      response = co_await context_.handler.handle(take_request());
    } catch (const std::exception& failure) {
      log::error("a handler threw", {{"what", failure.what()}});
      response = to_response({500, "internal error: the server's log says more"});
    } catch (...) {
      log::error("a handler threw", {{"what", "not a std::exception"}});
      response = to_response({500, "internal error: the server's log says more"});
    }
    co_await wire_.loop.here();
    // Whatever a handler makes of a body that did not come, the client is told why.
    if (body_.is_late() && response.status >= 400)
      response = to_response({408, "the body did not arrive in time"});
    end = co_await respond(response);
  }
  if (body_link_) {
    body_link_->connection = nullptr;
    body_link_.reset();
  }
  if (end == End::none && !body_.is_read() && !co_await body_.drain()) end = End::gentle;
  co_return end;
}

Task<Connection::End> Connection::respond(const Response& response) {
  int status = response.status;
  if (status < 200 || status > 999) {
    log::error("a handler answered with a status that no response can have", {{"status", status}});
    status = 500;
  }
  const ResponseFraming framing = framing_of(response, is_head_, minor_version_);
  // A stream may be made of the request's body, and read it by and by.
  const bool reads_on = std::holds_alternative<StreamBody>(response.body) && body_link_.use_count() > 1;
  if (reads_on && body_.awaits_continue() && !co_await body_.send_continue()) co_return End::abort;
  body_.answer_begins();
  // A client that waits for 100 may or may not send the body after this answer: nothing can follow it.
  const bool stays = keep_alive_ && !context_.draining && !body_.has_failed() && !body_.awaits_continue() &&
                     (reads_on || body_.will_drain()) && framing.kind != ResponseFraming::Kind::until_close;
  const Persistence persistence = !stays                ? Persistence::close
                                  : minor_version_ == 0 ? Persistence::keep_and_say
                                                        : Persistence::keep;
  const ResponseWriter::Form form{.status = status,
                                  .framing = framing,
                                  .persistence = persistence,
                                  .bodiless = is_head_ || status == 204 || status == 304,
                                  .date = context_.date()};
  if (!co_await writer_.write(response, form)) co_return End::abort;
  if (stays) co_return End::none;
  co_return close_asked_&& body_.is_read() ? End::plain : End::gentle;
}

Task<void> Connection::linger() {
  in_.clear();
  const TimePoint deadline = wire_.loop.now() + kLingerTime;
  for (std::size_t ignored = 0; ignored < kLingerBytes && wire_.loop.now() < deadline;) {
    Socket::Interest interest = Socket::kRead;
    if (wire_.socket.may_read()) {
      in_.clear();
      const Progress progress = wire_.transport->read(in_.space());
      if (progress.state == Progress::State::moved) {
        ignored += progress.bytes;
        continue;
      }
      if (progress.state == Progress::State::ended || progress.state == Progress::State::broken) break;
      interest = interest_of(progress);
    }
    if (co_await wire_.socket.wait(interest, deadline) != Socket::Wake::ready) break;
  }
}

void Connection::abort() {
  // A reset, and in TLS no close_notify: no client takes the end for that of the message.
  const ::linger reset{1, 0};
  ::setsockopt(wire_.socket.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

}  // namespace mere::http
