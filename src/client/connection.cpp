#include "client/connection.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"

namespace mere::client {
namespace {

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{5000};
constexpr std::chrono::seconds kLongestWish{60};  // of Retry-After: beyond, the answer is given as it is

bool worth_repeating(int status, bool repeatable) {
  if (status == 429 || status == 503) return true;
  return repeatable && (status == 502 || status == 504);
}

bool worth_repeating(const http::SendError& failure, bool repeatable) {
  if (failure.is_lasting) return false;
  if (failure.error.code != Code::unavailable && failure.error.code != Code::deadline_exceeded) return false;
  if (failure.reached == http::Reached::not_sent) return true;
  return repeatable && failure.error.code == Code::unavailable;
}

// Seconds only: the date form is for caches.
std::optional<std::chrono::milliseconds> wished_pause(const http::Response& response) {
  const std::string_view text = response.headers.get("Retry-After");
  std::uint32_t seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

}  // namespace

std::chrono::milliseconds Connection::back_off(int attempt) const {
  const auto ceiling = std::min(kLongestPause, kFirstPause * (1 << std::min(attempt, 10)));
  return std::chrono::milliseconds(1 + random_.next_u64() % static_cast<std::uint64_t>(ceiling.count()));
}

Task<Result<http::Response>> Connection::send(RequestMaker make_request, bool body_repeatable,
                                              CallPolicy policy, Executor& executor) {
  const int attempts = body_repeatable ? 1 + std::max(policy.retries, 0) : 1;
  for (int attempt = 0;; ++attempt) {
    Result<http::Request> request = make_request();
    if (!request) co_return request.error();
    request->executor = &executor;
    http::SendOptions options;
    options.timeout = policy.timeout;
    options.connect_timeout = policy.connect_timeout;
    options.stop = policy.stop;
    auto outcome = co_await transport_->send(std::move(*request), std::move(options));

    const bool last = attempt + 1 >= attempts;
    std::chrono::milliseconds delay{0};
    if (auto* response = std::get_if<http::Response>(&outcome)) {
      if (last || !worth_repeating(response->status, policy.repeatable)) co_return std::move(*response);
      const auto wish = wished_pause(*response);
      if (wish && *wish > kLongestWish) co_return std::move(*response);
      if (wish) delay = *wish;
    } else {
      http::SendError& failure = std::get<http::SendError>(outcome);
      if (last || !worth_repeating(failure, policy.repeatable)) co_return std::move(failure.error);
    }
    outcome = http::SendError{};  // lets the connection go before the pause
    delay = std::max(delay, back_off(attempt));
    const bool slept = co_await pause(timer_, executor, delay, policy.stop);
    if (!slept) co_return Error{Code::cancelled, "the call was cancelled"};
  }
}

}  // namespace mere::client
