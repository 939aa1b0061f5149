#include "session.h"

#include <fmt/format.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include "bulk.h"
#include "client/save_body.h"
#include "errors.h"
#include "futures.h"
#include "pages.h"
#include "pending.h"
#include "stream.h"

namespace mere::python {
namespace {

std::chrono::milliseconds milliseconds_of(double seconds) {
  if (!(seconds >= 0)) raise(PyExc_ValueError, "a time-out cannot be negative");
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(seconds, 1e9) * 1000));
}

void check_field(std::string_view name, std::string_view value) {
  for (const std::string_view text : {name, value}) {
    if (text.find('\r') != std::string_view::npos || text.find('\n') != std::string_view::npos ||
        text.find('\0') != std::string_view::npos) {
      raise_argument(fmt::format("the header {} cannot hold a line break", name));
    }
  }
}

http::Headers headers_of(nb::handle pairs) {
  http::Headers headers;
  for (const nb::handle entry : pairs) {
    const auto name = nb::cast<std::string>(entry[0]);
    const auto value = nb::cast<std::string>(entry[1]);
    check_field(name, value);
    headers.add(name, value);
  }
  return headers;
}

// Runs a call on the core's thread and tells the promise. What Python owns is handed on from hand to hand,
// so that the loop's thread drops it: here that would wait for the interpreter's lock.
void run_apart(std::shared_ptr<Call> call, std::shared_ptr<Promise> promise, Want want, bool raw) {
  client::LoopThread& loop = loop_thread();
  loop.post([call = std::move(call), promise = std::move(promise), want, raw, &loop]() mutable {
    const Call& running = *call;
    start<Outcome>(
        run(running, want, loop), [call = std::move(call), promise = std::move(promise), want, raw](
                                      std::exception_ptr thrown, std::optional<Outcome> outcome) mutable {
          auto done = std::make_shared<Outcome>(thrown ? Outcome{Error{Code::internal, "the call failed"}}
                                                       : std::move(*outcome));
          promise->complete([call = std::move(call), done = std::move(done), want, raw]() -> nb::object {
            if (want == Want::stream) return make_stream(call, *done, nullptr, nullptr);
            return raw || want == Want::response ? response_of(*done, *call) : value_of(*done, *call);
          });
        });
  });
}

// The answer's body as a stream. With `raw` an answer that is no success is one too, with its body read.
nb::object stream_of(std::shared_ptr<Call> call, bool raw) {
  auto interruption = std::make_shared<Interruption>(call->stop);
  // The body goes on being read by whoever calls read(): on its own executor.
  auto executor = std::make_unique<BlockingExecutor>(BlockingExecutor::Tasks::one, interruption->waiting());
  std::optional<Outcome> outcome;
  {
    const Unlocked unlocked;
    outcome = executor->run(run(*call, Want::stream, *executor));
  }
  interruption->rethrow();
  if (raw && !outcome->stream) return response_of(*outcome, *call);
  return make_stream(std::move(call), *outcome, std::move(executor), std::move(interruption));
}

}  // namespace

std::unique_ptr<Session> Session::connect(const std::string& origin, const std::string& base_path,
                                          const http::ClientOptions& options) {
  std::unique_ptr<Session> session(new Session);
  session->http_ = {origin, options};
  session->base_path_ = base_path;
  session->generation_ = generation();
  auto lake = reach_server(session->http_);
  if (!lake) raise_error(lake.error());
  session->lake_ = *lake;
  session->name_ = session->lake_->name;
  return session;
}

std::unique_ptr<Session> Session::open(const std::string& folder, bool create) {
  std::unique_ptr<Session> session(new Session);
  std::optional<Result<std::shared_ptr<Lake>>> lake;
  {
    const Unlocked unlocked;
    lake = open_folder(folder, create);
  }
  if (!*lake) {
    const Error& error = lake->error();
    if (error.code == Code::unavailable) raise(exceptions.lake_in_use, error.message);
    raise_error_of(folder, error);
  }
  session->generation_ = generation();
  session->lake_ = std::move(**lake);
  session->name_ = session->lake_->name;
  session->folder_ = session->lake_->local ? session->name_ : "";
  if (!session->lake_->local) session->http_ = {session->name_, {}};
  session->headers_.set("Authorization", "Bearer " + session->lake_->token);
  return session;
}

const std::shared_ptr<Lake>& Session::lake() {
  if (closed_) raise(PyExc_ValueError, fmt::format("the session on {} is closed", name_));
  if (generation_ == generation()) return lake_;
  if (!folder_.empty()) {
    raise(exceptions.lake_in_use,
          fmt::format("the lake in {} was opened before this process was forked and stays with its parent; "
                      "start `mere serve --data {}`, which all processes can connect to",
                      folder_, folder_));
  }
  auto lake = reach_server(http_);
  if (!lake) raise_error(lake.error());
  new std::shared_ptr<Lake>(std::move(lake_));  // left as it lies: its threads are the parent's
  lake_ = std::move(*lake);
  generation_ = generation();
  return lake_;
}

void Session::configure(http::Headers headers, int retries, double timeout, double connect_timeout,
                        nb::object error) {
  std::string token = embedded() || !lake_->token.empty() ? "Bearer " + lake_->token : "";
  ++configured_;
  headers_ = std::move(headers);
  if (!token.empty()) headers_.set("Authorization", std::move(token));
  retries_ = retries;
  timeout_ = milliseconds_of(timeout);
  connect_timeout_ = milliseconds_of(connect_timeout);
  error_ = std::move(error);
}

void Session::add_common(Call& call, const CallOptions* options, bool ours) const {
  if (ours) {
    for (const auto& [name, value] : headers_) {
      if (!call.headers.contains(name)) call.headers.add(name, value);
    }
  }
  call.policy.retries = retries_;
  call.policy.timeout = timeout_;
  call.policy.connect_timeout = connect_timeout_;
  call.policy.stop = call.stop.get_token();
  call.error = Kept(error_);
  if (options == nullptr) return;
  for (const auto& [name, value] : options->headers) call.headers.set(name, value);
  if (options->content_type) call.headers.set("Content-Type", *options->content_type);
  if (options->retries) call.policy.retries = *options->retries;
  if (options->timeout) call.policy.timeout = milliseconds_of(*options->timeout);
  if (options->connect_timeout) call.policy.connect_timeout = milliseconds_of(*options->connect_timeout);
}

std::shared_ptr<Call> Session::make_call(nb::handle operation, nb::tuple arguments, nb::handle body,
                                         const CallOptions* options) {
  const auto& described = nb::cast<const Operation&>(operation);
  auto call = std::make_shared<Call>();
  call->lake = lake();
  call->operation_owner = Kept(operation);
  call->operation = &described;
  Operation::Target target = described.target(arguments);
  call->method = described.method();
  call->path = base_path_ + target.path;
  call->query = std::move(target.query);
  call->headers = std::move(target.headers);
  if (!body.is_none()) {
    if (!described.body()) raise_argument(fmt::format("{} takes no body", described.name()));
    if (described.body()->type == Kind::Type::bytes) {
      call->body = make_source(body);
    } else {
      std::string text;
      JsonWriter json(text);
      encode(*described.body(), body.ptr(), json, "the body");
      call->body = make_text_source(std::move(text));
    }
    call->headers.add("Content-Type", described.body_type());
  }
  call->policy.repeatable = described.repeatable();
  add_common(*call, options, true);
  return call;
}

std::shared_ptr<Call> Session::make_request(const std::string& method, const std::string& target,
                                            const http::Headers& headers, nb::handle body,
                                            const CallOptions* options) {
  auto call = std::make_shared<Call>();
  call->lake = lake();
  call->method = method;
  call->headers = headers;
  std::string rest = target;
  const bool ours = target.starts_with('/') || target.starts_with(name_ + "/");
  if (ours && !target.starts_with('/')) rest = target.substr(name_.size());
  if (!ours) {
    const auto scheme = target.find("://");
    const auto path = scheme == std::string::npos ? scheme : target.find('/', scheme + 3);
    if (scheme == std::string::npos) raise(PyExc_ValueError, fmt::format("'{}' is no URL", target));
    const std::string origin = target.substr(0, path);
    rest = path == std::string::npos ? "/" : target.substr(path);
    auto client = client_for(http_.options);
    if (!client) raise_error(client.error());
    call->elsewhere = *client;
    call->connection_elsewhere = std::make_shared<client::Connection>(
        client::make_http_transport(**client, origin), loop_thread(), system_random());
  }
  const auto question = rest.find('?');
  call->path = rest.substr(0, question);
  if (question != std::string::npos) call->query = rest.substr(question + 1);
  if (!body.is_none()) call->body = make_source(body);
  call->policy.repeatable = method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE";
  add_common(*call, options, ours);
  return call;
}

nb::object Session::call(nb::handle operation, nb::tuple arguments, nb::handle body,
                         const CallOptions* options) {
  const auto call = make_call(operation, arguments, body, options);
  Outcome outcome = run_here(*call, Want::data);
  return value_of(outcome, *call);
}

nb::object Session::respond(nb::handle operation, nb::tuple arguments, nb::handle body,
                            const CallOptions* options) {
  const auto call = make_call(operation, arguments, body, options);
  Outcome outcome = run_here(*call, Want::response);
  return response_of(outcome, *call);
}

nb::object Session::stream(nb::handle operation, nb::tuple arguments, nb::handle body,
                           const CallOptions* options) {
  return stream_of(make_call(operation, arguments, body, options), false);
}

nb::object Session::start(nb::handle operation, nb::tuple arguments, nb::handle body,
                          const CallOptions* options) {
  return nb::cast(PendingCall::begin(make_call(operation, arguments, body, options)));
}

nb::object Session::request(const std::string& method, const std::string& target,
                            const http::Headers& headers, nb::handle body, const CallOptions* options) {
  const auto call = make_request(method, target, headers, body, options);
  Outcome outcome = run_here(*call, Want::response);
  return response_of(outcome, *call);
}

nb::object Session::request_stream(const std::string& method, const std::string& target,
                                   const http::Headers& headers, nb::handle body,
                                   const CallOptions* options) {
  return stream_of(make_request(method, target, headers, body, options), true);
}

nb::object Session::call_async(nb::handle operation, nb::tuple arguments, nb::handle body,
                               const CallOptions* options, Want want, bool raw) {
  auto call = make_call(operation, arguments, body, options);
  auto [future, promise] = Promise::make(call->stop);
  run_apart(std::move(call), std::move(promise), want, raw);
  return future;
}

nb::object Session::request_async(const std::string& method, const std::string& target,
                                  const http::Headers& headers, nb::handle body, const CallOptions* options) {
  auto call = make_request(method, target, headers, body, options);
  auto [future, promise] = Promise::make(call->stop);
  run_apart(std::move(call), std::move(promise), Want::response, true);
  return future;
}

void Session::close() {
  closed_ = true;
  std::shared_ptr<Lake> going = std::move(lake_);
  if (generation_ != generation()) {
    new std::shared_ptr<Lake>(std::move(going));
    return;
  }
  const Unlocked unlocked;
  going.reset();
}

void define_session(nb::module_& module) {
  using namespace nb::literals;
  const auto none = nb::none();

  nb::class_<CallOptions>(module, "CallOptions")
      .def(
          "__init__",
          [](CallOptions* self, nb::object headers, std::optional<double> timeout,
             std::optional<double> connect_timeout, std::optional<int> retries,
             std::optional<std::string> content_type) {
            if (content_type) check_field("Content-Type", *content_type);
            new (self) CallOptions{headers_of(headers), timeout, connect_timeout, retries, content_type};
          },
          nb::kw_only(), "headers"_a = nb::make_tuple(), "timeout"_a = none, "connect_timeout"_a = none,
          "retries"_a = none, "content_type"_a = none);

  nb::class_<BodyPipe>(module, "BodyPipe")
      .def(nb::init<std::size_t>(), "capacity"_a = 4u << 20)
      .def("write", &BodyPipe::write)
      .def("write_async", &BodyPipe::write_async)
      .def("close", &BodyPipe::close)
      .def("abort", &BodyPipe::abort);

  nb::class_<Session> session(module, "Session");
  session
      .def_static(
          "connect",
          [](const std::string& origin, const std::string& base_path, bool verify_tls,
             const std::string& ca_file, const std::string& certificate_file, const std::string& key_file,
             const std::string& tls_server_name, const std::string& proxy, std::size_t max_connections) {
            http::ClientOptions options;
            options.verify_tls = verify_tls;
            options.ca_file = ca_file;
            options.certificate_file = certificate_file;
            options.key_file = key_file;
            options.tls_server_name = tls_server_name;
            options.proxy = proxy;
            options.max_connections = max_connections;
            return Session::connect(origin, base_path, options);
          },
          "origin"_a, "base_path"_a = "/api/v1", nb::kw_only(), "verify_tls"_a = true, "ca_file"_a = "",
          "certificate_file"_a = "", "key_file"_a = "", "tls_server_name"_a = "", "proxy"_a = "",
          "max_connections"_a = 64)
      .def_static("open", &Session::open, "folder"_a, nb::kw_only(), "create"_a = true)
      .def_prop_ro("name", &Session::name)
      .def_prop_ro("embedded", &Session::embedded)
      .def(
          "configure",
          [](Session& self, nb::object headers, int retries, double timeout, double connect_timeout,
             nb::object error) {
            self.configure(headers_of(headers), retries, timeout, connect_timeout, std::move(error));
          },
          nb::kw_only(), "headers"_a, "retries"_a, "timeout"_a, "connect_timeout"_a, "error"_a)
      .def("call", &Session::call, "operation"_a, "arguments"_a, "body"_a = none, "options"_a = none)
      .def("respond", &Session::respond, "operation"_a, "arguments"_a, "body"_a = none, "options"_a = none)
      .def("stream", &Session::stream, "operation"_a, "arguments"_a, "body"_a = none, "options"_a = none)
      .def("start", &Session::start, "operation"_a, "arguments"_a, "body"_a = none, "options"_a = none)
      .def(
          "request",
          [](Session& self, const std::string& method, const std::string& target, nb::object headers,
             nb::handle body, const CallOptions* options) {
            return self.request(method, target, headers_of(headers), body, options);
          },
          "method"_a, "target"_a, "headers"_a = nb::make_tuple(), "body"_a = none, "options"_a = none)
      .def(
          "request_stream",
          [](Session& self, const std::string& method, const std::string& target, nb::object headers,
             nb::handle body, const CallOptions* options) {
            return self.request_stream(method, target, headers_of(headers), body, options);
          },
          "method"_a, "target"_a, "headers"_a = nb::make_tuple(), "body"_a = none, "options"_a = none)
      .def(
          "request_async",
          [](Session& self, const std::string& method, const std::string& target, nb::object headers,
             nb::handle body, const CallOptions* options) {
            return self.request_async(method, target, headers_of(headers), body, options);
          },
          "method"_a, "target"_a, "headers"_a = nb::make_tuple(), "body"_a = none, "options"_a = none)
      .def("pages", &make_pages, "operation"_a, "arguments"_a, "items"_a = none, nb::kw_only(),
           "limit"_a = none, "options"_a = none)
      .def("close", &Session::close);
  const auto define_async = [&](const char* name, Want want) {
    session.def(
        name,
        [want](Session& self, nb::handle operation, nb::tuple arguments, nb::handle body,
               const CallOptions* options) {
          return self.call_async(operation, arguments, body, options, want, false);
        },
        "operation"_a, "arguments"_a, "body"_a = none, "options"_a = none);
  };
  define_async("call_async", Want::data);
  define_async("respond_async", Want::response);
  define_async("stream_async", Want::stream);
  define_bulk(session);
}

}  // namespace mere::python
