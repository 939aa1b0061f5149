#include "http/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/time_format.h"

namespace mere::http {
namespace {

constexpr std::size_t kDrainedBytes = 256u << 10;  // of a body that the handler left; more closes
constexpr std::size_t kLingerBytes = 4u << 20;     // read from a peer that is being closed
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kCopiedBody = 4u << 10;  // a smaller body is copied behind its header
constexpr std::size_t kTlsRecord = 16u << 10;
constexpr std::size_t kDirectRead = 4u << 10;    // smaller reads go through the input buffer
constexpr std::size_t kTurnBytes = 4u << 20;     // a transfer that never waits lets others run after this
constexpr std::size_t kRequestTurn = 64u << 10;  // what a request counts for in that
constexpr std::size_t kFileStep = 1u << 20;
constexpr std::size_t kIdleOutput = 2u << 10;
constexpr std::size_t kLeastIoBuffer = 4u << 10;

Error peer_gone() {
  return Error{Code::cancelled, "the client closed the connection"};
}

// What a stream's chunk is sent as: size line, data and CRLF in one piece. The size line is written
// backwards from the data.
constexpr std::size_t kChunkPrefix = 18;
constexpr std::size_t kChunkSuffix = 2;

std::string_view frame_chunk(char* buffer, std::size_t count) {
  char* begin = buffer + kChunkPrefix;
  char* const end = begin + count;
  *--begin = '\n';
  *--begin = '\r';
  for (std::size_t rest = count; rest > 0; rest >>= 4) *--begin = "0123456789abcdef"[rest & 15];
  end[0] = '\r';
  end[1] = '\n';
  return {begin, static_cast<std::size_t>(end + kChunkSuffix - begin)};
}

std::optional<std::uint64_t> length_of(const Body& body) {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* file = std::get_if<FileBody>(&body)) return file->length;
  if (const auto* stream = std::get_if<StreamBody>(&body)) return stream->length;
  return 0;
}

ResponseFraming framing_of(const Response& response, bool is_head, int minor_version) {
  using Kind = ResponseFraming::Kind;
  if (response.status == 204) return {};
  if (is_head || response.status == 304) {
    auto length = response.content_length_without_body;
    if (!length && is_head && response.body.index() != 0) length = length_of(response.body);
    return length ? ResponseFraming{Kind::length, *length} : ResponseFraming{};
  }
  if (const auto length = length_of(response.body)) return {Kind::length, *length};
  return {minor_version == 0 ? Kind::until_close : Kind::chunked, 0};
}

Response to_response(const Refusal& refusal) {
  Response response;
  response.status = refusal.status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::to_string(refusal.status) + " " + std::string(reason_of(refusal.status)) + ": " +
                  refusal.reason + "\n";
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
    co_return co_await link_->connection->read_body(into);
  }

 private:
  std::shared_ptr<Connection::BodyLink> link_;
};

Connection::Connection(ConnectionContext& context, Fd socket, std::string peer)
    : context_(context),
      loop_(context.loop),
      socket_(context.loop, std::move(socket)),
      peer_(std::move(peer)),
      in_(context.buffers) {}

Connection::~Connection() {
  if (body_link_) body_link_->connection = nullptr;
}

void Connection::end_if_idle() {
  if (idle_) socket_.wake();
}

Task<void> Connection::serve() {
  if (!socket_.watch() || !co_await shake_hands()) co_return;
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
    transport_->end_writing();
    if (end == End::gentle) co_await linger();
  }
}

Task<bool> Connection::shake_hands() {
  transport_ = context_.tls ? context_.tls->make_transport(socket_) : make_plain_transport(socket_);
  if (!transport_) co_return false;
  const TimePoint deadline = loop_.now() + context_.options.header_timeout;
  while (true) {
    const Progress progress = transport_->handshake();
    if (progress.state == Progress::State::moved) co_return true;
    if (progress.state == Progress::State::ended || progress.state == Progress::State::broken)
      co_return false;
    if (co_await socket_.wait(interest_of(progress), deadline) != Socket::Wake::ready) co_return false;
  }
}

Task<Connection::Next> Connection::read_head() {
  const HeadLimits limits{context_.options.max_header_bytes, context_.options.max_target_bytes};
  HeadScanner scanner(limits);
  bool begun = !in_.empty();
  bool last_look = false;
  TimePoint deadline =
      loop_.now() + (begun ? context_.options.header_timeout : context_.options.idle_timeout);
  while (true) {
    if (!in_.empty()) {
      const auto scanned = scanner.scan(in_.bytes());
      if (const auto* refusal = std::get_if<Refusal>(&scanned)) co_return refuse(*refusal);
      if (const auto* found = std::get_if<HeadScanner::Complete>(&scanned)) {
        auto parsed = parse_request_head(in_.bytes().substr(found->begin, found->end - found->begin), limits);
        in_.consume(found->end);
        if (const auto* refusal = std::get_if<Refusal>(&parsed)) co_return refuse(*refusal);
        head_ = std::get<RequestHead>(std::move(parsed));
        if (head_.content_length.value_or(0) > context_.options.max_body_bytes) {
          co_return refuse({413, "the body is too large"});
        }
        co_return Next::request;
      }
    }

    Socket::Interest interest = Socket::kRead;
    if (socket_.may_read() || last_look) {
      const Progress progress = transport_->read(in_.space());
      switch (progress.state) {
        case Progress::State::moved:
          in_.received(progress.bytes);
          if (!begun) {
            begun = true;
            deadline = loop_.now() + context_.options.header_timeout;
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
      if (out_.capacity() > kIdleOutput) out_ = std::string();
      idle_ = true;
    }
    const Socket::Wake wake = co_await socket_.wait(interest, deadline);
    idle_ = false;
    turn_bytes_ = 0;
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
  chunked_ = head_.chunked;
  chunks_ = ChunkedDecoder();
  body_left_ = head_.content_length.value_or(0);
  body_taken_ = 0;
  body_error_.reset();
  continue_wanted_ = head_.expects_continue && !body_is_read();
  answering_ = false;
}

Request Connection::take_request() {
  Request request;
  request.method = std::move(head_.method);
  request.path = std::move(head_.path);
  request.query = std::move(head_.query);
  request.headers = std::move(head_.headers);
  request.content_length = head_.content_length;
  if (!body_is_read()) {
    body_link_ = std::make_shared<BodyLink>(loop_, this);
    request.body = std::make_unique<SocketBody>(body_link_);
  }
  request.peer = peer_;
  request.secure = context_.tls != nullptr;
  request.executor = &loop_;
  return request;
}

Task<Connection::End> Connection::exchange() {
  begin_exchange();
  context_.requests.fetch_add(1, std::memory_order_relaxed);
  if (took_its_turn(kRequestTurn)) co_await loop_.yield();

  End end = End::abort;
  {
    Response response;
    try {
      response = co_await context_.handler.handle(take_request());
    } catch (const std::exception& failure) {
      log::error("a handler threw", {{"what", failure.what()}});
      response = Response();
      response.status = 500;
    } catch (...) {
      log::error("a handler threw", {{"what", "not a std::exception"}});
      response = Response();
      response.status = 500;
    }
    co_await loop_.here();
    end = co_await respond(response);
  }
  if (body_link_) {
    body_link_->connection = nullptr;
    body_link_.reset();
  }
  if (end == End::none && !body_is_read() && !co_await drain_body()) end = End::gentle;
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
  if (reads_on && continue_wanted_ && !co_await send_continue()) co_return End::abort;
  answering_ = true;
  // A client that waits for 100 may or may not send the body after this answer: nothing can follow it.
  const bool stays = keep_alive_ && !context_.draining && !body_error_ && !continue_wanted_ &&
                     (reads_on || will_drain()) && framing.kind != ResponseFraming::Kind::until_close;
  const Persistence persistence = !stays                ? Persistence::close
                                  : minor_version_ == 0 ? Persistence::keep_and_say
                                                        : Persistence::keep;
  out_.clear();
  append_response_head(out_, status, response.headers, framing, persistence, context_.date());

  bool sent = false;
  const bool bodiless = is_head_ || status == 204 || status == 304;
  std::array<std::string_view, 2> pieces;
  if (const auto* text = std::get_if<std::string>(&response.body); text && !bodiless) {
    const std::size_t copied = transport_->sends_files() ? kCopiedBody : kTlsRecord;
    if (text->size() <= copied) {
      out_ += *text;
      pieces = {out_, {}};
    } else {
      pieces = {out_, *text};
    }
    sent = co_await send(pieces, false);
  } else {
    const auto* file = std::get_if<FileBody>(&response.body);
    const auto* stream = std::get_if<StreamBody>(&response.body);
    pieces = {out_, {}};
    const bool body_follows = !bodiless && ((file && file->length > 0) || stream);
    sent = co_await send(pieces, body_follows);
    if (sent && body_follows && file) {
      sent = transport_->sends_files() ? co_await send_file(*file) : co_await send_file_through_buffer(*file);
    } else if (sent && body_follows) {
      sent = co_await send_stream(*stream, framing.kind == ResponseFraming::Kind::chunked);
    }
  }
  if (!sent) co_return End::abort;
  if (stays) co_return End::none;
  co_return close_asked_&& body_is_read() ? End::plain : End::gentle;
}

Task<bool> Connection::send(std::span<std::string_view> pieces, bool more) {
  while (true) {
    while (!pieces.empty() && pieces.front().empty()) pieces = pieces.subspan(1);
    if (pieces.empty()) co_return true;
    const Progress progress = transport_->write(pieces, more);
    if (progress.state != Progress::State::moved) {
      if (!co_await writable_after(progress)) co_return false;
      continue;
    }
    std::size_t left = progress.bytes;
    for (std::string_view& piece : pieces) {
      const std::size_t gone = std::min(left, piece.size());
      piece.remove_prefix(gone);
      left -= gone;
    }
    if (took_its_turn(progress.bytes)) co_await loop_.yield();
  }
}

Task<bool> Connection::writable_after(Progress progress) {
  if (progress.state != Progress::State::blocked_read && progress.state != Progress::State::blocked_write) {
    co_return false;
  }
  turn_bytes_ = 0;
  const TimePoint deadline = loop_.now() + context_.options.body_timeout;
  co_return co_await socket_.wait(interest_of(progress), deadline) == Socket::Wake::ready;
}

bool Connection::took_its_turn(std::size_t bytes) {
  turn_bytes_ += bytes;
  if (turn_bytes_ < kTurnBytes) return false;
  turn_bytes_ = 0;
  return true;
}

Task<bool> Connection::send_file(const FileBody& body) {
  std::uint64_t offset = body.offset;
  const std::uint64_t end = body.offset + body.length;
  while (offset < end) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, kFileStep));
    const Progress progress = transport_->send_file(body.file->get(), offset, step);
    if (progress.state == Progress::State::ended) {
      log::error("a file is shorter than the response said", {{"at", offset}, {"end", end}});
      co_return false;
    }
    if (progress.state != Progress::State::moved) {
      if (!co_await writable_after(progress)) co_return false;
      continue;
    }
    offset += progress.bytes;
    if (took_its_turn(progress.bytes)) co_await loop_.yield();
  }
  co_return true;
}

Task<bool> Connection::send_file_through_buffer(const FileBody& body) {
  const std::size_t capacity = std::max(context_.options.io_buffer_bytes, kLeastIoBuffer);
  const auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
  std::uint64_t offset = body.offset;
  const std::uint64_t end = body.offset + body.length;
  while (offset < end) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, capacity));
    const ssize_t count = ::pread(body.file->get(), buffer.get(), step, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      log::error(
          "a file cannot be read to the end that the response said",
          {{"at", offset}, {"end", end}, {"error", count < 0 ? std::strerror(errno) : "it is shorter"}});
      co_return false;
    }
    std::array<std::string_view, 1> pieces{{{buffer.get(), static_cast<std::size_t>(count)}}};
    if (!co_await send(pieces, false)) co_return false;
    offset += static_cast<std::uint64_t>(count);
  }
  co_return true;
}

Task<bool> Connection::send_stream(const StreamBody& body, bool chunked) {
  const std::size_t capacity = std::max(context_.options.io_buffer_bytes, kLeastIoBuffer);
  const auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
  char* const data = buffer.get() + kChunkPrefix;
  const std::size_t room = capacity - kChunkPrefix - kChunkSuffix;
  std::uint64_t left = body.length.value_or(UINT64_MAX);
  while (left > 0) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(left, room));
    const Result<std::size_t> count =
        co_await body.reader->read(std::as_writable_bytes(std::span<char>(data, step)));
    co_await loop_.here();
    if (!count) {
      log::warn("a response is cut short", {{"error", count.error().message}, {"client", peer_}});
      co_return false;
    }
    if (*count == 0) break;
    MERE_CHECK(*count <= step);
    std::array<std::string_view, 1> pieces{chunked ? frame_chunk(buffer.get(), *count)
                                                   : std::string_view(data, *count)};
    if (!co_await send(pieces, false)) co_return false;
    left -= *count;
  }
  if (body.length && left > 0) {
    log::error("a stream is shorter than the response said", {{"missing", left}});
    co_return false;
  }
  if (!chunked) co_return true;
  std::array<std::string_view, 1> last{"0\r\n\r\n"};
  co_return co_await send(last, false);
}

bool Connection::body_is_read() const {
  return chunked_ ? chunks_.state() == ChunkedDecoder::State::end : body_left_ == 0;
}

bool Connection::will_drain() const {
  return chunked_ || body_left_ <= kDrainedBytes;
}

Task<Result<std::size_t>> Connection::read_body(std::span<std::byte> into) {
  MERE_CHECK(!into.empty());
  while (true) {
    if (body_error_) co_return *body_error_;
    if (body_is_read()) co_return std::size_t{0};
    if (continue_wanted_ && !co_await send_continue()) {
      body_error_ = peer_gone();
      continue;
    }
    if (const std::size_t taken = take_received(into); taken > 0) co_return taken;
    if (body_error_ || body_is_read()) continue;

    // Large pieces go straight to the caller, small ones through the buffer, many at a time.
    const std::uint64_t left = !chunked_                                        ? body_left_
                               : chunks_.state() == ChunkedDecoder::State::data ? chunks_.data_left()
                                                                                : 0;
    const auto direct = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left));
    const bool buffered = into.size() < kDirectRead || (chunked_ && direct < kDirectRead);
    const Result<std::size_t> count = co_await receive(buffered ? in_.space() : into.first(direct));
    if (!count) {
      body_error_ = count.error();
    } else if (buffered) {
      in_.received(*count);
    } else {
      took_body(*count);
      co_return *count;
    }
  }
}

Task<bool> Connection::send_continue() {
  continue_wanted_ = false;
  if (answering_ || !in_.empty()) co_return true;  // too late, or the client did not wait for it
  std::array<std::string_view, 1> pieces{"HTTP/1.1 100 Continue\r\n\r\n"};
  co_return co_await send(pieces, false);
}

std::size_t Connection::take_received(std::span<std::byte> into) {
  std::size_t taken = 0;
  while (!in_.empty() && taken < into.size() && !body_is_read()) {
    if (chunked_ && chunks_.state() != ChunkedDecoder::State::data) {
      in_.consume(chunks_.eat_framing(in_.bytes()));
      if (chunks_.state() == ChunkedDecoder::State::malformed) {
        body_error_ = Error{Code::invalid_argument, "the body's chunks are malformed"};
        break;
      }
      if (chunks_.state() == ChunkedDecoder::State::data &&
          chunks_.data_left() > context_.options.max_body_bytes - body_taken_) {
        body_error_ = Error{Code::too_large, "the body is too large"};
        break;
      }
      continue;
    }
    const std::uint64_t left = chunked_ ? chunks_.data_left() : body_left_;
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>(left, std::min(in_.bytes().size(), into.size() - taken)));
    std::memcpy(into.data() + taken, in_.bytes().data(), count);
    in_.consume(count);
    took_body(count);
    taken += count;
  }
  return taken;
}

void Connection::took_body(std::size_t count) {
  body_taken_ += count;
  if (chunked_) {
    chunks_.took_data(count);
  } else {
    body_left_ -= count;
  }
}

Task<Result<std::size_t>> Connection::receive(std::span<std::byte> into) {
  while (true) {
    Socket::Interest interest = Socket::kRead;
    if (socket_.may_read()) {
      const Progress progress = transport_->read(into);
      if (progress.state == Progress::State::moved) {
        if (took_its_turn(progress.bytes)) co_await loop_.yield();
        co_return progress.bytes;
      }
      if (progress.state == Progress::State::ended || progress.state == Progress::State::broken) {
        co_return peer_gone();
      }
      interest = interest_of(progress);
    }
    turn_bytes_ = 0;
    const TimePoint deadline = loop_.now() + context_.options.body_timeout;
    switch (co_await socket_.wait(interest, deadline)) {
      case Socket::Wake::ready:
        break;
      case Socket::Wake::timed_out:
        co_return Error{Code::deadline_exceeded, "the client stopped sending the body"};
      case Socket::Wake::interrupted:
        co_return Error{Code::cancelled, "the server is stopping"};
    }
  }
}

Task<bool> Connection::drain_body() {
  std::array<std::byte, kDirectRead> ignored;
  const std::uint64_t limit = body_taken_ + kDrainedBytes;
  while (!body_is_read()) {
    if (body_taken_ > limit) co_return false;
    const Result<std::size_t> count = co_await read_body(ignored);
    if (!count) co_return false;
  }
  co_return true;
}

Task<void> Connection::linger() {
  in_.clear();
  const TimePoint deadline = loop_.now() + kLingerTime;
  for (std::size_t ignored = 0; ignored < kLingerBytes && loop_.now() < deadline;) {
    Socket::Interest interest = Socket::kRead;
    if (socket_.may_read()) {
      in_.clear();
      const Progress progress = transport_->read(in_.space());
      if (progress.state == Progress::State::moved) {
        ignored += progress.bytes;
        continue;
      }
      if (progress.state == Progress::State::ended || progress.state == Progress::State::broken) break;
      interest = interest_of(progress);
    }
    if (co_await socket_.wait(interest, deadline) != Socket::Wake::ready) break;
  }
}

void Connection::abort() {
  // A reset, and in TLS no close_notify: no client takes the end for that of the message.
  const ::linger reset{1, 0};
  ::setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

}  // namespace mere::http
