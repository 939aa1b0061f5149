#include "block/remote_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <variant>

#include "base/check.h"
#include "base/executor.h"
#include "base/log.h"
#include "block/remote_retry.h"

namespace mere::block {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxAdaptations = 3;
constexpr std::size_t kRefusalLimit = 64u << 10;  // of a body that tells why
constexpr std::uint64_t kBytesATime = 4u << 20;   // sent in `attempt_time`

using Sent = std::variant<http::Response, http::SendError>;

// The whole body of a response, up to `limit`.
Task<Result<std::string>> read_body(http::Body& body, std::size_t limit) {
  if (auto* text = std::get_if<std::string>(&body)) {
    if (text->size() > limit) co_return Error{Code::too_large, "the answer is too large"};
    co_return std::move(*text);
  }
  if (auto* stream = std::get_if<http::StreamBody>(&body))
    co_return co_await http::read_all(stream->reader.get(), limit);
  co_return std::string();
}

// The rest of an answer, with the executor that it resumes on.
class PulledBody final : public RemoteStream {
 public:
  PulledBody(RemoteAnswer head, std::unique_ptr<BlockingExecutor> executor, http::Body body)
      : head_(std::move(head)), executor_(std::move(executor)), body_(std::move(body)) {
    if (auto* text = std::get_if<std::string>(&body_)) body_ = whole(std::move(*text));
  }
  const RemoteAnswer& head() const override { return head_; }
  Result<std::size_t> read(std::span<std::byte> into) override {
    auto* stream = std::get_if<http::StreamBody>(&body_);
    if (!stream || into.empty()) return std::size_t{0};
    return executor_->run(stream->reader->read(into));
  }

 private:
  static http::StreamBody whole(std::string bytes) {
    return {http::make_string_body(std::move(bytes)), std::nullopt};
  }

  const RemoteAnswer head_;
  const std::unique_ptr<BlockingExecutor> executor_;  // outlives the body
  http::Body body_;
};

}  // namespace

// One request's attempts.
class RemoteClient::Attempts {
 public:
  Attempts(const RemoteClient& client, const RemoteRequest& request)
      : client_(client), request_(request), begin_(client.clock_.steady()) {}

  // An answer whose body, if it is a success and `streamed`, is left in `stream`.
  Result<RemoteAnswer> run(bool streamed, std::unique_ptr<RemoteStream>* stream) {
    for (;;) {
      executor_ = std::make_unique<BlockingExecutor>();
      Sent sent = http::SendError{};
      if (Status prepared = attempt(sent); !prepared) return std::move(prepared).error();
      if (auto* failure = std::get_if<http::SendError>(&sent)) {
        if (auto verdict = after_no_answer(*failure)) return std::move(*verdict);
        continue;
      }
      auto& response = std::get<http::Response>(sent);
      RemoteAnswer answer{response.status, std::move(response.headers), {}, {}, is_uncertain_};
      if (const auto* rest = std::get_if<http::StreamBody>(&response.body)) {
        answer.content_length = rest->length;
      } else if (const auto* whole = std::get_if<std::string>(&response.body)) {
        answer.content_length = whole->size();
      }
      if (response.content_length_without_body) answer.content_length = response.content_length_without_body;
      if (streamed && answer.is_success()) {
        *stream = std::make_unique<PulledBody>(answer, std::move(executor_), std::move(response.body));
        return answer;
      }
      const std::size_t limit = answer.is_success() ? request_.answer_limit : kRefusalLimit;
      Result<std::string> body = executor_->run(read_body(response.body, limit));
      if (!body) {
        if (body.error().code == Code::too_large)
          return Error{Code::too_large,
                       fmt::format("cannot {}: the answer is larger than {} bytes", request_.what, limit)};
        if (auto verdict = after_no_answer({std::move(body).error(), http::Reached::maybe}))
          return std::move(*verdict);
        continue;
      }
      answer.body = *std::move(body);
      if (is_final(answer)) return answer;
    }
  }

 private:
  Status attempt(Sent& sent) {
    const std::uint64_t size = request_.payload ? request_.payload->size_bytes() : 0;
    RemoteMessage message;
    message.request.method = request_.method;
    message.request.headers = request_.headers;
    if (request_.payload) message.request.content_length = size;
    RETURN_IF_ERROR(client_.service_.prepare(request_, message));
    if (request_.payload && size > 0) message.request.body = make_payload_body(request_.payload);
    message.request.executor = executor_.get();
    http::SendOptions options;
    options.timeout = client_.options_.attempt_time * (1 + (size + kBytesATime - 1) / kBytesATime);
    const auto started = client_.clock_.steady();
    const std::string line = client_.options_.log_requests
                                 ? message.request.method + " " + message.origin + message.request.path
                                 : std::string();
    sent = executor_->run(
        client_.http_.send(std::move(message.origin), std::move(message.request), std::move(options)));
    if (client_.options_.log_requests) log_attempt(line, sent, started);
    return {};
  }

  void log_attempt(const std::string& line, const Sent& sent,
                   std::chrono::steady_clock::time_point started) const {
    const auto* response = std::get_if<http::Response>(&sent);
    const auto took = std::chrono::duration_cast<milliseconds>(client_.clock_.steady() - started);
    log::debug("request to the store",
               {{"request", line}, {"status", response ? response->status : 0}, {"took_ms", took.count()}});
  }

  // Nothing: try again. Else how the request ends.
  std::optional<Error> after_no_answer(const http::SendError& failure) {
    Error error = with_context("cannot " + request_.what, failure.error);
    if (failure.is_lasting) return error;
    if (failure.error.code != Code::unavailable && failure.error.code != Code::deadline_exceeded)
      return error;
    const bool maybe = failure.reached == http::Reached::maybe;
    if (maybe && !request_.repeatable) return error;
    if (!wait(milliseconds(0), failure.error.message)) {
      if (retries_ > 0) error.message += fmt::format(" (tried {} times)", retries_ + 1);
      return error;
    }
    is_uncertain_ |= maybe;
    return std::nullopt;
  }

  // False: try again.
  bool is_final(const RemoteAnswer& answer) {
    if (answer.is_success() && !client_.service_.is_failure_in_success(request_, answer)) return true;
    const RemoteFault fault = client_.service_.fault_of(request_, answer);
    if (adaptations_ < kMaxAdaptations && client_.service_.adapt(request_, answer, fault)) {
      ++adaptations_;
      return false;
    }
    if (!is_transient_status(answer.status) && !fault.is_transient) return true;
    const bool untouched = is_untouched_status(answer.status);
    if (!untouched && !request_.repeatable) return true;
    const auto asked =
        parse_retry_after(answer.headers.get("Retry-After"), client_.clock_.now()).value_or(milliseconds(0));
    if (!wait(asked, fmt::format("{} {}", answer.status, fault.code))) return true;
    is_uncertain_ |= !untouched;
    return false;
  }

  // False: no attempt is left.
  bool wait(milliseconds asked, const std::string& why) {
    const RemoteOptions& options = client_.options_;
    if (retries_ >= options.max_retries) return false;
    const milliseconds own =
        retry_delay(retries_, options.first_delay, options.longest_delay, client_.random_);
    const milliseconds delay = std::max(own, std::min(asked, options.longest_delay));
    if (client_.clock_.steady() - begin_ + delay > options.total_time) return false;
    ++retries_;
    log::write(
        options.log_retries ? log::Level::info : log::Level::debug, "repeating a request to the store",
        {{"request", request_.what}, {"reason", why}, {"retry", retries_}, {"after_ms", delay.count()}});
    client_.pause(delay);
    return true;
  }

  const RemoteClient& client_;
  const RemoteRequest& request_;
  const std::chrono::steady_clock::time_point begin_;
  std::unique_ptr<BlockingExecutor> executor_;
  int retries_ = 0;
  int adaptations_ = 0;
  bool is_uncertain_ = false;
};

RemoteClient::RemoteClient(http::Client& http, RemoteService& service, RemoteOptions options,
                           const Clock& clock, Random& random)
    : http_(http), service_(service), options_(std::move(options)), clock_(clock), random_(random) {}

void RemoteClient::pause(milliseconds delay) const {
  if (options_.pause) {
    options_.pause(delay);
  } else {
    std::this_thread::sleep_for(delay);
  }
}

void RemoteClient::wait_before_retry(int retry) const {
  pause(retry_delay(retry, options_.first_delay, options_.longest_delay, random_));
}

Result<RemoteAnswer> RemoteClient::send(const RemoteRequest& request) const {
  return Attempts(*this, request).run(false, nullptr);
}

Result<RemoteAnswer> RemoteClient::require(const RemoteRequest& request) const {
  ASSIGN_OR_RETURN(RemoteAnswer answer, send(request));
  return accept(request, std::move(answer));
}

Result<RemoteAnswer> RemoteClient::accept(const RemoteRequest& request, RemoteAnswer answer) const {
  if (answer.is_success() && !service_.is_failure_in_success(request, answer)) return answer;
  return error_of(request, answer);
}

Result<std::unique_ptr<RemoteStream>> RemoteClient::open(const RemoteRequest& request,
                                                         std::optional<RemoteAnswer>* refusal) const {
  std::unique_ptr<RemoteStream> stream;
  ASSIGN_OR_RETURN(RemoteAnswer answer, Attempts(*this, request).run(true, &stream));
  if (stream) return stream;
  Error error = error_of(request, answer);
  if (refusal) *refusal = std::move(answer);
  return error;
}

}  // namespace mere::block
