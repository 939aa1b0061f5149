#include "session.h"

#include <fmt/format.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include "bulk.h"
#include "errors.h"
#include "files.h"
#include "futures.h"
#include "http/response_head.h"

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

// Before waiting for the core's thread.
void check_not_ending() {
  if (parked()) raise(PyExc_RuntimeError, "the interpreter is ending");
}

// An answer that came without its body, as the caller of a stream sees it.
nb::object make_stream(std::shared_ptr<Call> call, Outcome& outcome,
                       std::unique_ptr<WaitingExecutor> executor,
                       std::shared_ptr<Interruption> interruption) {
  if (!outcome.stream) return value_of(outcome, *call);  // raises
  return nb::cast(std::make_unique<BodyStream>(std::move(call), std::move(outcome), std::move(executor),
                                               std::move(interruption)));
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

}  // namespace

BodyStream::BodyStream(std::shared_ptr<Call> call, Outcome outcome, std::unique_ptr<WaitingExecutor> executor,
                       std::shared_ptr<Interruption> interruption)
    : call_(std::move(call)),
      status_(outcome.status),
      headers_(std::move(outcome.headers)),
      interruption_(std::move(interruption)),
      executor_(std::move(executor)),
      body_(std::make_shared<BodyCursor>(std::move(*outcome.stream))) {
  length_ = body_->left();
}

std::string BodyStream::reason() const {
  return std::string(http::reason_of(status_));
}

nb::object BodyStream::header(const std::string& name) const {
  const std::string* value = headers_.find(name);
  if (value == nullptr) return nb::none();
  return nb::steal(PyUnicode_DecodeLatin1(value->data(), static_cast<Py_ssize_t>(value->size()), nullptr));
}

BodyCursor& BodyStream::open_body() {
  if (!body_) raise(PyExc_ValueError, "the body is closed");
  return *body_;
}

template <class T>
T BodyStream::wait(Task<T> task) {
  check_not_ending();
  std::optional<T> result;
  {
    const nb::gil_scoped_release unlocked;
    if (executor_) {
      result.emplace(executor_->run(std::move(task)));
    } else {  // it goes on where it began: on the core's thread
      std::mutex mutex;
      std::condition_variable finished;
      loop_thread().post([&] {
        start<T>(std::move(task), [&](std::exception_ptr, std::optional<T> value) {
          std::lock_guard lock(mutex);
          result = std::move(value);
          finished.notify_one();
        });
      });
      std::unique_lock lock(mutex);
      finished.wait(lock, [&] { return result.has_value(); });
    }
  }
  if (interruption_) interruption_->rethrow();
  return std::move(*result);
}

nb::object BodyStream::read(Py_ssize_t size) {
  BodyCursor& body = open_body();
  const auto left = body.left();
  if (size < 0 && !left) {
    const Result<std::string> text = wait(body.rest(std::numeric_limits<std::size_t>::max()));
    if (!text) raise_error(text.error());
    return nb::bytes(text->data(), text->size());
  }
  std::size_t wanted = size < 0 ? *left : static_cast<std::size_t>(size);
  if (left) wanted = std::min<std::uint64_t>(wanted, *left);
  nb::object bytes = nb::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(wanted)));
  if (!bytes.is_valid()) nb::raise_python_error();
  const std::span<std::byte> into(reinterpret_cast<std::byte*>(PyBytes_AS_STRING(bytes.ptr())), wanted);
  const Result<std::size_t> filled = wait(size < 0 ? body.fill(into) : body.fill_with_what_comes(into));
  if (!filled) raise_error(filled.error());
  if (*filled == wanted) return bytes;
  return nb::bytes(PyBytes_AS_STRING(bytes.ptr()), *filled);
}

std::size_t BodyStream::readinto(nb::handle buffer) {
  BodyCursor& body = open_body();
  Py_buffer view;
  if (PyObject_GetBuffer(buffer.ptr(), &view, PyBUF_WRITABLE) != 0) nb::raise_python_error();
  const std::unique_ptr<Py_buffer, decltype(&PyBuffer_Release)> held(&view, &PyBuffer_Release);
  const Result<std::size_t> filled = wait(
      body.fill_with_what_comes({static_cast<std::byte*>(view.buf), static_cast<std::size_t>(view.len)}));
  if (!filled) raise_error(filled.error());
  return *filled;
}

nb::object BodyStream::read_async(Py_ssize_t size) {
  open_body();
  auto [future, promise] = Promise::make(call_->stop);
  loop_thread().post([body = body_, call = call_, promise, size] {
    auto read = [](std::shared_ptr<BodyCursor> from, Py_ssize_t wanted) -> Task<Result<std::string>> {
      if (wanted < 0) {
        Task<Result<std::string>> reading = from->rest(std::numeric_limits<std::size_t>::max());
        co_return co_await std::move(reading);
      }
      std::string text(std::min<std::uint64_t>(static_cast<std::uint64_t>(wanted),
                                               from->left().value_or(static_cast<std::uint64_t>(wanted))),
                       '\0');
      Task<Result<std::size_t>> filling = from->fill_with_what_comes(std::as_writable_bytes(std::span(text)));
      const Result<std::size_t> filled = co_await std::move(filling);
      if (!filled) co_return filled.error();
      text.resize(*filled);
      co_return text;
    };
    start<Result<std::string>>(read(body, size),
                               [promise, call](std::exception_ptr, std::optional<Result<std::string>> text) {
                                 auto done = std::make_shared<Result<std::string>>(std::move(*text));
                                 promise->complete([done]() -> nb::object {
                                   if (!*done) raise_error(done->error());
                                   return nb::bytes((*done)->data(), (*done)->size());
                                 });
                               });
  });
  return future;
}

std::uint64_t BodyStream::write_to(const std::string& path) {
  const Result<std::uint64_t> size = wait(save_body(open_body(), path));
  if (!size) raise_error(size.error());
  return *size;
}

void BodyStream::let_go() {
  if (!body_) return;
  if (generation_ != generation()) {
    new std::shared_ptr<BodyCursor>(std::move(body_));  // its client's thread is the parent's
  } else if (executor_) {
    body_.reset();  // nobody runs it now
  } else {
    loop_thread().post([body = std::move(body_)]() mutable { body.reset(); });
  }
}

void BodyStream::close() {
  const nb::gil_scoped_release unlocked;
  let_go();
}

struct PendingCall::State {
  std::shared_ptr<Call> call;
  std::mutex mutex;
  std::condition_variable finished;
  std::optional<Outcome> outcome;
};

void PendingCall::wait() {
  check_not_ending();
  Interruption interruption(state_->call->stop);
  for (bool waiting = true; waiting;) {
    {
      const nb::gil_scoped_release unlocked;
      std::unique_lock lock(state_->mutex);
      waiting =
          !state_->finished.wait_for(lock, kSignalInterval, [this] { return state_->outcome.has_value(); });
    }
    if (waiting) interruption.check();
  }
  interruption.rethrow();
}

nb::object PendingCall::result() {
  wait();
  return value_of(*state_->outcome, *state_->call);
}

nb::object PendingCall::response() {
  wait();
  return response_of(*state_->outcome, *state_->call);
}

void PendingCall::cancel() {
  const nb::gil_scoped_release unlocked;
  state_->call->stop.request_stop();
}

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
    const nb::gil_scoped_release unlocked;
    lake = open_folder(folder, create);
  }
  if (!*lake) {
    const Error& error = lake->error();
    if (error.code == Code::unavailable) raise(exceptions.lake_in_use, error.message);
    raise_error(error);
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
  auto call = make_call(operation, arguments, body, options);
  auto interruption = std::make_shared<Interruption>(call->stop);
  // The body goes on being read by whoever calls read(): on its own executor.
  auto executor = std::make_unique<WaitingExecutor>([interruption] { interruption->check(); });
  std::optional<Outcome> outcome;
  {
    const nb::gil_scoped_release unlocked;
    outcome = executor->run(run(*call, Want::stream, *executor));
  }
  interruption->rethrow();
  return make_stream(std::move(call), *outcome, std::move(executor), std::move(interruption));
}

nb::object Session::start(nb::handle operation, nb::tuple arguments, nb::handle body,
                          const CallOptions* options) {
  auto state = std::make_shared<PendingCall::State>();
  state->call = make_call(operation, arguments, body, options);
  client::LoopThread& loop = loop_thread();
  loop.post([state, &loop] {
    mere::start<Outcome>(run(*state->call, Want::response, loop), [state](std::exception_ptr thrown,
                                                                          std::optional<Outcome> outcome) {
      std::lock_guard lock(state->mutex);
      state->outcome = thrown ? Outcome{Error{Code::internal, "the call failed"}} : std::move(*outcome);
      state->finished.notify_all();
    });
  });
  return nb::cast(std::make_unique<PendingCall>(std::move(state)));
}

nb::object Session::request(const std::string& method, const std::string& target,
                            const http::Headers& headers, nb::handle body, const CallOptions* options) {
  const auto call = make_request(method, target, headers, body, options);
  Outcome outcome = run_here(*call, Want::response);
  return response_of(outcome, *call);
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
  const nb::gil_scoped_release unlocked;
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

  nb::class_<BodyStream>(module, "BodyStream")
      .def_prop_ro("status", &BodyStream::status)
      .def_prop_ro("reason", &BodyStream::reason)
      .def_prop_ro("headers", &BodyStream::headers)
      .def_prop_ro("length", &BodyStream::length)
      .def("header", &BodyStream::header)
      .def("read", &BodyStream::read, "size"_a = -1)
      .def("readinto", &BodyStream::readinto)
      .def("read_async", &BodyStream::read_async, "size"_a = -1)
      .def("write_to", &BodyStream::write_to)
      .def("close", &BodyStream::close)
      .def("__enter__", [](nb::handle self) { return nb::borrow(self); })
      .def("__exit__", [](BodyStream& self, const nb::args&) { self.close(); });

  nb::class_<BodyPipe>(module, "BodyPipe")
      .def(nb::init<std::size_t>(), "capacity"_a = 4u << 20)
      .def("write", &BodyPipe::write)
      .def("write_async", &BodyPipe::write_async)
      .def("close", &BodyPipe::close)
      .def("abort", &BodyPipe::abort);

  nb::class_<PendingCall>(module, "PendingCall")
      .def("result", &PendingCall::result)
      .def("response", &PendingCall::response)
      .def("cancel", &PendingCall::cancel);

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
          "request_async",
          [](Session& self, const std::string& method, const std::string& target, nb::object headers,
             nb::handle body, const CallOptions* options) {
            return self.request_async(method, target, headers_of(headers), body, options);
          },
          "method"_a, "target"_a, "headers"_a = nb::make_tuple(), "body"_a = none, "options"_a = none)
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
