// Requests of a session to an object store, at addresses that the lake's server has signed: the other half of
// session.h.
#include <fmt/format.h>

#include <utility>

#include "base/random.h"
#include "client/session.h"

namespace mere::client {
namespace {

constexpr std::size_t kLargestError = 1u << 20;

struct Place {
  std::string origin, path, query;
};

Result<Place> place_of(const std::string& url) {
  const auto scheme = url.find("://");
  const auto slash = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
  if (slash == std::string::npos) {
    return Error{Code::corrupt, fmt::format("'{}' is no address in a store", url)};
  }
  const auto question = url.find('?', slash);
  Place place{url.substr(0, slash), url.substr(slash, question - slash), ""};
  if (question == std::string::npos) {
    place.path = url.substr(slash);
  } else {
    place.query = url.substr(question + 1);
  }
  return place;
}

}  // namespace

Result<http::Client*> Session::store_client() {
  if (client_) return client_.get();
  std::lock_guard lock(mutex_);
  if (!store_client_) {
    ASSIGN_OR_RETURN(store_client_, http::Client::make(options_.http));
  }
  return store_client_.get();
}

Task<Result<Incoming>> Session::ask_store(const Call& call, Answer* answer, Executor& executor) {
  const Result<Place> place = place_of(call.path);
  if (!place) co_return place.error();
  const Result<http::Client*> client = store_client();
  if (!client) co_return client.error();
  Connection store(make_http_transport(**client, place->origin), loop_, system_random());
  RequestMaker make = [&]() -> Result<http::Request> {
    http::Request request;
    request.method = call.method;
    request.path = place->path;
    request.query = place->query;
    request.headers = call.headers;
    RETURN_IF_ERROR(add_body(request, call.body.get(), executor));
    return request;
  };
  Task<Result<http::Response>> sending =
      store.send(std::move(make), !call.body || call.body->repeatable(), policy_of(call, {}), executor);
  Result<http::Response> response = co_await std::move(sending);
  if (!response) co_return with_context(place->origin, std::move(response).error());
  BodyCursor body(std::move(response->body));
  if (answer) *answer = {response->status, response->headers};
  if (response->status >= 200 && response->status < 300) {
    co_return Incoming{response->status, std::move(response->headers), std::move(body)};
  }
  Task<Result<std::string>> reading = body.rest(kLargestError);
  const Result<std::string> text = co_await std::move(reading);
  co_return with_context(place->origin,
                         error_of(response->status, call.operation, text ? std::string_view(*text) : ""));
}

Result<http::Headers> Session::put_at_store(const std::string& url, std::shared_ptr<BodySource> body) {
  const Call call{.operation = "a part", .method = "PUT", .path = url, .body = std::move(body)};
  BlockingExecutor here;
  ASSIGN_OR_RETURN(Incoming incoming, here.run(ask_store(call, nullptr, here)));
  return std::move(incoming.headers);
}

Result<Download> Session::get_at_store(const std::string& url, std::string_view range, Answer* answer) {
  Call call{.operation = "an object", .method = "GET", .path = url};
  if (!range.empty()) call.headers.set("Range", std::string(range));
  auto here = std::make_unique<BlockingExecutor>();
  ASSIGN_OR_RETURN(Incoming incoming, here->run(ask_store(call, answer, *here)));
  return Download(std::move(here), std::move(incoming));
}

}  // namespace mere::client
