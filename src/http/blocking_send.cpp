#include "http/blocking_send.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "http/answer_parser.h"
#include "http/client_failure.h"

namespace mere::http {
namespace {

using Clock = BlockingConnection::Clock;
using Sent = std::variant<Response, SendError>;

constexpr std::uint64_t kLargestBody = 256u << 10;  // of a request

Clock::time_point after(std::chrono::milliseconds time) {
  return time.count() > 0 ? Clock::now() + time : Clock::time_point::max();
}

// A request and its answer, on a connection of their own meanwhile.
class Conversation {
 public:
  Conversation(std::shared_ptr<BlockingPool> pool, std::shared_ptr<const ClientOptions> options,
               std::string origin, const Waiting& waiting, std::stop_token stop)
      : pool_(std::move(pool)),
        options_(std::move(options)),
        origin_(std::move(origin)),
        patience_(waiting, std::move(stop), pool_->closing()) {}

  // A connection for `request`: a kept one, or with `fresh` never. Nothing, or why there is none.
  std::optional<SendError> connect(const OutgoingRequest& request, bool fresh, Clock::time_point end);
  bool is_kept() const { return kept_; }  // it has carried requests before
  // The connection broke, or is answering before it has all: read_head() tells.
  Status send(std::string_view text);

  // The answer's head, by `end`, or why there is none. A failure before its first byte leaves `has_begun`
  // false.
  std::optional<SendError> read_head(bool to_head, Clock::time_point end, bool& has_begun);
  AnswerParser& answer() { return *parser_; }

  // Bytes of the body, at least one; 0 at its end, after which the connection is somebody else's.
  Result<std::size_t> read(std::span<char> into);
  // The whole body, if it came with the head.
  std::optional<std::string> take_whole();

 private:
  Result<std::size_t> read_counted(std::span<char> into);
  Result<std::size_t> read_chunks(std::span<char> into);
  Result<std::size_t> receive(std::span<char> into);
  Error broke_off(std::string why) const {
    return {Code::unavailable, "the body from " + origin_ + " broke off: " + std::move(why)};
  }
  void finish();

  const std::shared_ptr<BlockingPool> pool_;
  std::unique_ptr<BlockingPool::Lease> lease_;  // null: over
  const std::shared_ptr<const ClientOptions> options_;
  const std::string origin_;
  Patience patience_;
  std::optional<AnswerParser> parser_;
  AnswerParser::Framing framing_ = AnswerParser::Framing::none;
  bool kept_ = false;
  std::string_view ahead_;  // received and not used, in the connection's buffer
  std::uint64_t left_ = 0;  // of a body with a length
  std::size_t given_ = 0;   // of the parser's decoded bytes
  bool must_close_ = false;
};

std::optional<SendError> Conversation::connect(const OutgoingRequest& request, bool fresh,
                                               Clock::time_point end) {
  lease_.reset();
  lease_ = BlockingPool::take(pool_, origin_, patience_, end);
  if (!lease_) {
    if (!patience_.go_on()) return SendError{request_cancelled(), Reached::not_sent};
    return SendError{{Code::deadline_exceeded, origin_ + " did not answer in time"}, Reached::not_sent};
  }
  // What cannot be repeated goes on no connection that the peer may have closed meanwhile.
  const bool may_repeat = request.is_idempotent && !request.has_body;
  const bool use = lease_->connection && !fresh && (may_repeat || !lease_->connection->is_spoilt());
  kept_ = use;
  if (use) return std::nullopt;
  lease_->connection.reset();
  auto opened = BlockingConnection::open(*options_, request, patience_, end);
  if (auto* const failure = std::get_if<SendError>(&opened)) return std::move(*failure);
  lease_->connection = std::get<std::unique_ptr<BlockingConnection>>(std::move(opened));
  return std::nullopt;
}

Status Conversation::send(std::string_view text) {
  auto sent = lease_->connection->send(text, patience_, options_->idle_timeout);
  if (!sent && sent.error().code == Code::deadline_exceeded) {
    return Error{Code::deadline_exceeded, origin_ + " was silent for too long"};
  }
  if (!sent) return std::move(sent).error();
  must_close_ = !*sent;
  return {};
}

std::optional<SendError> Conversation::read_head(bool to_head, Clock::time_point end, bool& has_begun) {
  const std::span<char> buffer = lease_->connection->buffer();
  std::size_t filled = 0, used = 0;
  parser_.emplace(to_head);
  const auto wrong = [&](const std::string& how) {
    return SendError{{Code::unavailable, origin_ + " does not answer in HTTP: " + how}};
  };
  for (;;) {
    if (used < filled) {
      const auto taken = parser_->take({buffer.data() + used, filled - used});
      if (!taken) return wrong(taken.error().message);
      used += *taken;
      if (parser_->has_head() && parser_->is_interim()) {
        parser_.emplace(to_head);
        continue;
      }
      if (parser_->has_head()) break;
      if (*taken > 0) continue;
    }
    if (used > 0) std::memmove(buffer.data(), buffer.data() + used, filled - used);
    filled -= std::exchange(used, 0);
    if (filled == buffer.size()) return wrong("a head of more than 64 KiB");
    const auto count = lease_->connection->receive(buffer.subspan(filled), 0, patience_, end);
    if (!count && count.error().code == Code::deadline_exceeded) {
      return SendError{{Code::deadline_exceeded, origin_ + " did not answer in time"}};
    }
    if (!count && count.error().code == Code::unavailable) {
      return describe_break(origin_, count.error().message);
    }
    if (!count) return SendError{count.error()};
    if (*count == 0) {
      return SendError{{Code::unavailable, origin_ + " closed the connection before it answered"}};
    }
    has_begun = true;
    filled += *count;
  }
  ahead_ = {buffer.data() + used, filled - used};
  left_ = parser_->head.length.value_or(0);
  framing_ = parser_->framing();
  if (framing_ == AnswerParser::Framing::none) finish();
  return std::nullopt;
}

std::optional<std::string> Conversation::take_whole() {
  if (!lease_) return std::string();
  if (framing_ == AnswerParser::Framing::length && left_ <= ahead_.size()) {
    std::string body(ahead_.substr(0, static_cast<std::size_t>(left_)));
    ahead_.remove_prefix(body.size());
    finish();
    return body;
  }
  while (framing_ == AnswerParser::Framing::chunks && !parser_->is_over()) {
    const auto taken = parser_->take(ahead_);
    if (!taken || *taken == 0) return std::nullopt;  // read() tells what is wrong
    ahead_.remove_prefix(*taken);
  }
  if (framing_ != AnswerParser::Framing::chunks) return std::nullopt;
  std::string body = std::move(parser_->decoded);
  finish();
  return body;
}

void Conversation::finish() {
  if (parser_->may_keep() && ahead_.empty() && !must_close_) lease_->keep();
  lease_.reset();
}

Result<std::size_t> Conversation::receive(std::span<char> into) {
  if (!patience_.go_on()) return request_cancelled();
  auto count = lease_->connection->receive(into, left_, patience_, after(options_->idle_timeout));
  if (count) return count;
  if (count.error().code == Code::deadline_exceeded) {
    return Error{Code::deadline_exceeded, origin_ + " was silent for too long"};
  }
  return count.error().code == Code::unavailable ? broke_off(count.error().message) : count.error();
}

Result<std::size_t> Conversation::read_counted(std::span<char> into) {
  const bool counted = framing_ == AnswerParser::Framing::length;
  if (counted) into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_)));
  std::size_t count = std::min(into.size(), ahead_.size());
  if (count > 0) {
    std::memcpy(into.data(), ahead_.data(), count);
    ahead_.remove_prefix(count);
  } else {
    ASSIGN_OR_RETURN(count, receive(into));
    if (count == 0 && counted) return broke_off("the connection was closed");
  }
  if (counted) left_ -= count;
  if (counted ? left_ == 0 : count == 0) finish();
  return count;
}

Result<std::size_t> Conversation::read_chunks(std::span<char> into) {
  const std::span<char> buffer = lease_->connection->buffer();
  std::string& decoded = parser_->decoded;
  while (given_ == decoded.size() && !parser_->is_over()) {
    decoded.clear();
    given_ = 0;
    std::size_t taken = 0;
    if (!ahead_.empty()) {
      const auto took = parser_->take(ahead_);
      if (!took) return broke_off(took.error().message);
      taken = *took;
      ahead_.remove_prefix(taken);
    }
    if (taken > 0 || parser_->is_over()) continue;
    std::memmove(buffer.data(), ahead_.data(), ahead_.size());
    ahead_ = {buffer.data(), ahead_.size()};
    if (ahead_.size() == buffer.size()) return broke_off("the head of a chunk is too long");
    ASSIGN_OR_RETURN(const std::size_t count, receive(buffer.subspan(ahead_.size())));
    if (count == 0) return broke_off("the connection was closed");
    ahead_ = {buffer.data(), ahead_.size() + count};
  }
  const std::size_t count = std::min(into.size(), decoded.size() - given_);
  std::memcpy(into.data(), decoded.data() + given_, count);
  given_ += count;
  if (given_ == decoded.size() && parser_->is_over()) finish();
  return count;
}

Result<std::size_t> Conversation::read(std::span<char> into) {
  if (!lease_ || into.empty()) return std::size_t{0};
  return framing_ == AnswerParser::Framing::chunks ? read_chunks(into) : read_counted(into);
}

class HereBody final : public BodyReader {
 public:
  explicit HereBody(std::unique_ptr<Conversation> conversation) : conversation_(std::move(conversation)) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    co_return conversation_->read({reinterpret_cast<char*>(into.data()), into.size()});
  }

 private:
  const std::unique_ptr<Conversation> conversation_;
};

// The lines are curl's: "Name:" is a field that is not sent, "Name;" one without a value.
std::string text_of(const OutgoingRequest& outgoing, const Request& request) {
  std::string text = request.method + " " + request.path;
  if (!request.query.empty()) text += "?" + request.query;
  text += " HTTP/1.1\r\n";
  bool has_host = false;
  for (const std::string& line : outgoing.header_lines) {
    const auto colon = line.find(':');
    if (colon == line.size() - 1) continue;
    if (colon == line.npos) {
      text.append(line, 0, line.size() - 1).append(":\r\n");
      continue;
    }
    has_host = has_host || equal_ignoring_case(std::string_view(line).substr(0, colon), "Host");
    text.append(line).append("\r\n");
  }
  if (!has_host) {
    text.append("Host: ").append(outgoing.origin, outgoing.origin.find("://") + 3).append("\r\n");
  }
  if (outgoing.has_body) text += "Content-Length: " + std::to_string(*outgoing.body_length) + "\r\n";
  return text += "\r\n";
}

// Appends the request's body to `text`.
Task<Status> add_body(BodyReader& body, std::uint64_t length, std::string& text) {
  std::size_t filled = text.size();
  text.resize(filled + static_cast<std::size_t>(length) + 1);  // one more: it must not be longer
  while (filled < text.size()) {
    const Result<std::size_t> count =
        co_await read_some(body, std::as_writable_bytes(std::span(text).subspan(filled)));
    if (!count) co_return count.error();
    if (*count == 0) break;
    filled += *count;
  }
  if (filled == text.size()) co_return wrong_length("longer");
  if (filled + 1 < text.size()) co_return wrong_length("shorter");
  text.pop_back();
  co_return Status();
}

Response response_of(std::unique_ptr<Conversation> conversation) {
  AnswerHead head = std::move(conversation->answer().head);
  Response response;
  response.status = head.status;
  response.headers = std::move(head.headers);
  if (!head.has_body) {
    response.content_length_without_body = head.length;
  } else if (auto whole = conversation->take_whole()) {
    response.body = *std::move(whole);
  } else {
    response.body = StreamBody{std::make_unique<HereBody>(std::move(conversation)), head.length};
  }
  return response;
}

}  // namespace

bool can_be_sent_here(const OutgoingRequest& outgoing) {
  return !outgoing.has_body || (outgoing.body_length && *outgoing.body_length <= kLargestBody);
}

Task<Sent> send_here(std::shared_ptr<BlockingPool> pool, std::shared_ptr<const ClientOptions> options,
                     OutgoingRequest outgoing, Request request, SendOptions send_options,
                     const Waiting& waiting) {
  const auto end = after(send_options.timeout);
  std::string text = text_of(outgoing, request);
  if (outgoing.has_body) {
    Task<Status> adding = add_body(*request.body, *outgoing.body_length, text);
    Status added = co_await std::move(adding);
    if (!added) co_return SendError{std::move(added).error(), Reached::not_sent};
  }
  auto conversation = std::make_unique<Conversation>(std::move(pool), std::move(options), outgoing.origin,
                                                     waiting, send_options.stop);
  for (bool fresh = false;; fresh = true) {
    if (auto failure = conversation->connect(outgoing, fresh, end)) co_return *std::move(failure);
    if (Status sent = conversation->send(text); !sent) {
      co_return SendError{std::move(sent).error(), Reached::maybe};
    }
    bool has_begun = false;
    auto failure = conversation->read_head(request.method == "HEAD", end, has_begun);
    if (!failure) break;
    const bool was_closed = conversation->is_kept() && !has_begun && failure->error.code == Code::unavailable;
    if (was_closed && outgoing.is_idempotent && !outgoing.has_body) continue;
    if (was_closed) {
      co_return SendError{
          {Code::unavailable, outgoing.origin + " closed the connection before it answered; the request "
                                                "may have been carried out"},
          Reached::maybe};
    }
    co_return *std::move(failure);
  }
  co_return response_of(std::move(conversation));
}

}  // namespace mere::http
