#include "http/client.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/executor.h"
#include "http/blocking_send.h"
#include "http/client_exchange.h"
#include "http/client_loop.h"
#include "http/client_request.h"

namespace mere::http {
namespace {

using Sent = std::variant<Response, SendError>;

// Reads the request's body a chunk ahead. Owns itself: a read under way is never cut off, as what it
// waits for may refer to it.
mere::detail::Detached pump(std::shared_ptr<Exchange> exchange, std::unique_ptr<BodyReader> body) {
  std::optional<std::uint64_t> left = exchange->request().body_length;
  while (exchange->wants_chunks()) {
    Chunk chunk = exchange->take_spare_chunk();
    std::size_t wanted = exchange->chunk_bytes();
    if (left) wanted = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, *left));
    Result<std::size_t> count = co_await read_some(*body, {chunk.bytes.get(), wanted});
    if (count && *count == 0 && left) count = wrong_length("shorter");
    if (!count) {
      exchange->fail_chunks(std::move(count).error());
      co_return;
    }
    if (*count == 0) {
      exchange->end_chunks();
      co_return;
    }
    chunk.size = *count;
    if (left) *left -= *count;
    if (left == 0u) {
      // The last chunk waits until the body has ended: a longer one must not be taken for whole.
      std::byte beyond[1];
      Result<std::size_t> more = co_await read_some(*body, beyond);
      if (more && *more > 0) more = wrong_length("longer");
      if (!more) {
        exchange->fail_chunks(std::move(more).error());
        co_return;
      }
    }
    {
      auto space = exchange->space();
      co_await space;
    }
    if (!exchange->wants_chunks()) co_return;
    exchange->put_chunk(std::move(chunk));
    if (left == 0u) {
      exchange->end_chunks();
      co_return;
    }
  }
}

// The caller's hold on its exchange: gone, the transfer is stopped. Made after the start was posted, so
// that a stop never comes first.
class Hold {
 public:
  Hold(std::shared_ptr<Exchange> exchange, std::stop_token stop)
      : exchange_(std::move(exchange)), on_stop_(std::move(stop), Stop{exchange_.get()}) {}
  ~Hold() { exchange_->leave(); }
  Exchange& exchange() { return *exchange_; }

 private:
  struct Stop {
    Exchange* exchange;
    void operator()() const { exchange->stop(); }
  };
  std::shared_ptr<Exchange> exchange_;
  std::stop_callback<Stop> on_stop_;
};

class AnswerBody final : public BodyReader {
 public:
  explicit AnswerBody(std::unique_ptr<Hold> hold) : hold_(std::move(hold)) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    while (position_ == bytes_.size()) {
      position_ = 0;
      bytes_.clear();
      if (const auto taken = hold_->exchange().take_bytes(bytes_)) {
        if (!*taken) co_return taken->error();
        if (!**taken) co_return std::size_t(0);
        break;
      }
      auto bytes = hold_->exchange().bytes();
      co_await bytes;
    }
    const std::size_t count = std::min(into.size(), bytes_.size() - position_);
    std::memcpy(into.data(), bytes_.data() + position_, count);
    position_ += count;
    co_return count;
  }

 private:
  std::unique_ptr<Hold> hold_;
  std::string bytes_;
  std::size_t position_ = 0;
};

Response to_response(Exchange::Outcome outcome, std::unique_ptr<Hold> hold) {
  Response response;
  response.status = outcome.head.status;
  response.headers = std::move(outcome.head.headers);
  if (!outcome.head.has_body) {
    response.content_length_without_body = outcome.head.length;
  } else if (outcome.whole_body) {
    response.body = std::move(*outcome.whole_body);
  } else {
    response.body = StreamBody{std::make_unique<AnswerBody>(std::move(hold)), outcome.head.length};
  }
  return response;
}

// A proxy is curl's business, by its loop: which hosts it is for, and what it is told.
bool may_have_proxy(const ClientOptions& options) {
  if (!options.proxy.empty()) return true;
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    const char* const value = std::getenv(name);
    if (value && *value) return true;
  }
  return false;
}

class CurlClient final : public Client {
 public:
  explicit CurlClient(std::shared_ptr<ClientLoop> loop)
      : loop_(std::move(loop)),
        options_(loop_, &loop_->options()),
        pool_(std::make_shared<BlockingPool>(options_->max_connections)),
        may_have_proxy_(may_have_proxy(*options_)) {}
  ~CurlClient() override {
    pool_->close();
    loop_->close();
  }

  Task<Sent> send(std::string origin, Request request, SendOptions options) override {
    MERE_CHECK(request.executor);
    if (options.stop.stop_requested()) {
      co_return SendError{request_cancelled(), Reached::not_sent};
    }
    auto outgoing = make_outgoing(*options_, origin, request, options);
    if (!outgoing) co_return SendError{std::move(outgoing).error(), Reached::not_sent};
    const auto* const here = dynamic_cast<const BlockingExecutor*>(request.executor);
    const Waiting* const waiting = here ? here->may_wait() : nullptr;
    if (waiting && !may_have_proxy_ && can_be_sent_here(*outgoing)) {
      Task<Sent> sending =
          send_here(pool_, options_, *std::move(outgoing), std::move(request), std::move(options), *waiting);
      co_return co_await std::move(sending);
    }
    const auto exchange =
        std::make_shared<Exchange>(*std::move(outgoing), *request.executor, options_->buffer_bytes, loop_);
    if (exchange->request().has_body) pump(exchange, std::move(request.body));
    loop_->post(exchange, ClientLoop::Order::start);
    auto hold = std::make_unique<Hold>(exchange, options.stop);
    for (;;) {
      {
        auto head = exchange->head();
        co_await head;
      }
      std::optional<Exchange::Outcome> outcome = exchange->take_outcome();
      if (!outcome) continue;
      if (outcome->failure) co_return std::move(*outcome->failure);
      co_return to_response(*std::move(outcome), std::move(hold));
    }
  }

 private:
  const std::shared_ptr<ClientLoop> loop_;
  const std::shared_ptr<const ClientOptions> options_;
  const std::shared_ptr<BlockingPool> pool_;
  const bool may_have_proxy_;
};

}  // namespace

Result<std::unique_ptr<Client>> Client::make(const ClientOptions& options) {
  if (options.max_connections == 0) return Error{Code::invalid_argument, "max_connections is 0"};
  for (const std::string* file : {&options.ca_file, &options.certificate_file, &options.key_file}) {
    if (!file->empty() && ::access(file->c_str(), R_OK) != 0) {
      return Error{Code::invalid_argument, "cannot read " + *file + ": " + std::strerror(errno)};
    }
  }
  if (!options.proxy.empty()) {
    CURLU* const url = curl_url();
    const bool valid = url && curl_url_set(url, CURLUPART_URL, options.proxy.c_str(),
                                           CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
    curl_url_cleanup(url);
    if (!valid) {
      return Error{Code::invalid_argument,
                   "the proxy \"" + options.proxy + "\" is no URL: expected http://host:port"};
    }
  }
  ASSIGN_OR_RETURN(std::shared_ptr<ClientLoop> loop, ClientLoop::make(options));
  return std::unique_ptr<Client>(std::make_unique<CurlClient>(std::move(loop)));
}

}  // namespace mere::http
