#include "client/session.h"

#include <fmt/format.h>

#include <utility>

#include "base/encoding.h"
#include "base/executor.h"
#include "base/random.h"

namespace mere::client {
namespace {

constexpr std::size_t kLargestDocument = 1u << 30;
constexpr std::size_t kLargestError = 1u << 20;

bool is_repeatable(std::string_view method) {  // RFC 9110, section 9.2.2
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE";
}

struct Place {
  std::string origin, prefix;
};

Result<Place> place_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return Error{Code::invalid_argument, fmt::format("'{}' is no http:// or https:// URL", url)};
  }
  while (url.ends_with('/')) url.remove_suffix(1);
  constexpr std::string_view kBase = "/api/v1";
  if (url.ends_with(kBase)) url.remove_suffix(kBase.size());
  if (url.size() <= scheme + 3 || url.find_first_of("?#") != std::string_view::npos) {
    return Error{Code::invalid_argument, fmt::format("'{}' is no URL of a lake", url)};
  }
  const auto path = url.find('/', scheme + 3);
  if (path == std::string_view::npos) return Place{std::string(url), ""};
  return Place{std::string(url.substr(0, path)), std::string(url.substr(path))};
}

std::string authorization_of(const Credentials& credentials) {
  if (!credentials.token.empty()) return "Bearer " + credentials.token;
  if (credentials.access_key_id.empty()) return "";
  return "Basic " + to_base64(credentials.access_key_id + ":" + credentials.secret_access_key);
}

// What is said of a body is said in fields of its own in-process.
void tell_length(http::Response& response, std::optional<std::uint64_t> of_body) {
  const auto length = response.content_length_without_body ? response.content_length_without_body : of_body;
  if (length && !response.headers.contains("Content-Length")) {
    response.headers.add("Content-Length", std::to_string(*length));
  }
}

bool is_success(int status, const Call& call) {
  return (status >= 200 && status < 300) || status == 304 || (call.may_redirect && status / 100 == 3);
}

}  // namespace

Download& Download::operator=(Download&& other) noexcept {
  incoming_ = std::move(other.incoming_);  // before the executor that its reader may post to
  executor_ = std::move(other.executor_);
  return *this;
}

Result<std::size_t> Download::read(std::span<std::byte> into) {
  return executor_->run(incoming_.body.fill_with_what_comes(into));
}

Result<std::string> Download::read_all(std::size_t limit) {
  return executor_->run(incoming_.body.rest(limit));
}

Result<std::shared_ptr<Session>> Session::connect(const std::string& url, SessionOptions options) {
  ASSIGN_OR_RETURN(Place place, place_of(url));
  ASSIGN_OR_RETURN(auto client, http::Client::make(options.http));
  auto transport = make_http_transport(*client, std::move(place.origin));
  return std::shared_ptr<Session>(
      new Session(std::move(client), std::move(transport), std::move(place.prefix), std::move(options)));
}

std::shared_ptr<Session> Session::over(std::unique_ptr<Transport> transport, SessionOptions options) {
  return std::shared_ptr<Session>(new Session(nullptr, std::move(transport), "", std::move(options)));
}

Session::Session(std::unique_ptr<http::Client> client, std::unique_ptr<Transport> transport,
                 std::string prefix, SessionOptions options)
    : options_(std::move(options)),
      prefix_(std::move(prefix)),
      client_(std::move(client)),
      connection_(std::move(transport), loop_, system_random()),
      authorization_(authorization_of(options_.credentials)) {}

Session::~Session() = default;

void Session::log_in(Credentials credentials) {
  std::lock_guard lock(mutex_);
  authorization_ = authorization_of(credentials);
}

std::string Session::authorization() const {
  std::lock_guard lock(mutex_);
  return authorization_;
}

CallPolicy Session::policy_of(const Call& call, const CallOptions& options) const {
  CallPolicy policy;
  policy.retries = options.retries.value_or(options_.retries);
  policy.timeout = options.timeout.value_or(options_.timeout);
  policy.repeatable = is_repeatable(call.method);
  policy.stop = options.stop;
  return policy;
}

Result<http::Request> Session::request_of(const Call& call, const CallOptions& options,
                                          Executor& executor) const {
  http::Request request;
  request.method = call.method;
  request.path = prefix_ + call.path;
  request.query = call.query;
  request.headers = call.headers;
  for (const auto& [name, value] : options.headers) request.headers.set(name, value);
  if (const std::string who = authorization(); !who.empty()) request.headers.set("Authorization", who);
  if (!options_.client_name.empty()) request.headers.set("X-Lakefs-Client", options_.client_name);
  RETURN_IF_ERROR(add_body(request, call.body.get(), executor));
  return request;
}

Task<Result<Incoming>> Session::open_once(const Call& call, const CallOptions& options, Executor& executor) {
  if (options.answer) *options.answer = {};
  if (call.problem) co_return *call.problem;
  RequestMaker make = [this, &call, &options, &executor] { return request_of(call, options, executor); };
  Task<Result<http::Response>> sending = connection_.send(
      std::move(make), !call.body || call.body->repeatable(), policy_of(call, options), executor);
  Result<http::Response> response = co_await std::move(sending);
  if (!response) co_return with_context(call.operation, std::move(response).error());
  BodyCursor body(std::move(response->body));
  tell_length(*response, body.left());
  if (options.answer) *options.answer = {response->status, response->headers};
  if (is_success(response->status, call)) {
    co_return Incoming{response->status, std::move(response->headers), std::move(body)};
  }
  Task<Result<std::string>> reading = body.rest(kLargestError);
  const Result<std::string> text = co_await std::move(reading);
  co_return error_of(response->status, call.operation, text ? std::string_view(*text) : std::string_view());
}

Task<Result<Incoming>> Session::open(Call call, CallOptions options, Executor& executor) {
  Task<Result<Incoming>> opening = open_once(call, options, executor);
  co_return co_await std::move(opening);
}

Task<Result<std::string>> Session::fetch(Call call, CallOptions options, Executor& executor) {
  const CallPolicy policy = policy_of(call, options);
  for (int attempt = 0;; ++attempt) {
    Task<Result<Incoming>> opening = open_once(call, options, executor);
    Result<Incoming> incoming = co_await std::move(opening);
    if (!incoming) co_return std::move(incoming).error();  // it was repeated where that is safe
    Task<Result<std::string>> reading = incoming->body.rest(kLargestDocument);
    Result<std::string> text = co_await std::move(reading);
    if (text) co_return text;
    const bool again =
        policy.repeatable && attempt < policy.retries && text.error().code == Code::unavailable;
    if (!again) co_return with_context(call.operation, std::move(text).error());
  }
}

Result<std::string> Session::fetch(Call call, CallOptions options) {
  BlockingExecutor here(BlockingExecutor::Tasks::one);
  return here.run(fetch(std::move(call), std::move(options), here));
}

Result<Download> Session::open(Call call, CallOptions options) {
  auto here = std::make_unique<BlockingExecutor>();
  ASSIGN_OR_RETURN(Incoming incoming, here->run(open(std::move(call), std::move(options), *here)));
  return Download(std::move(here), std::move(incoming));
}

}  // namespace mere::client
