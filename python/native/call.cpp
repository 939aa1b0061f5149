#include "call.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include "api/json.h"
#include "client/missing.h"
#include "errors.h"
#include "futures.h"
#include "http/response_head.h"
#include "large_bytes.h"
#include "redirects.h"

namespace mere::python {
namespace {

constexpr std::size_t kLargestDocument = 1u << 30;
constexpr std::size_t kLargestError = 1u << 20;
constexpr std::size_t kSmallBody = 64u << 10;  // copied rather than read in place, which takes the lock

bool is_success(int status) {
  return status >= 200 && status < 300;
}

const Kind* kind_of_answer(const Call& call, int status) {
  return call.operation == nullptr ? nullptr : call.operation->response(status);
}

// The body goes straight into a bytes object of its size.
Task<Result<Kept>> read_in_place(BodyCursor& body) {
  const auto size = static_cast<Py_ssize_t>(*body.left());
  Kept bytes;
  std::span<std::byte> into;
  {
    const Locked lock;
    PyObject* const made = new_bytes(size);
    if (made == nullptr) {
      PyErr_Clear();
      co_return Error{Code::too_large, fmt::format("no memory for {} bytes", size)};
    }
    bytes = Kept(nb::handle(made));
    Py_DECREF(made);
    into = octets_of(made);
  }
  Task<Result<std::size_t>> filling = body.fill(into);
  const Result<std::size_t> filled = co_await std::move(filling);
  if (!filled) co_return filled.error();
  co_return bytes;
}

Task<Outcome> run_once(const Call& call, Want want, Executor& executor) {
  client::RequestMaker make = [&call, &executor]() -> Result<http::Request> {
    http::Request request;
    request.method = call.method;
    request.path = call.path;
    request.query = call.query;
    request.headers = call.headers;
    RETURN_IF_ERROR(client::add_body(request, call.body.get(), executor));
    return request;
  };
  Task<Result<http::Response>> sending =
      call.connection().send(std::move(make), !call.body || call.body->repeatable(), call.policy, executor);
  Result<http::Response> response = co_await std::move(sending);
  Outcome outcome;
  if (!response) {
    outcome.failure = response.error();
    co_return outcome;
  }
  outcome.status = response->status;
  outcome.headers = std::move(response->headers);
  // What is said of a body is said in its own fields in-process.
  if (response->content_length_without_body && !outcome.headers.contains("Content-Length")) {
    outcome.headers.add("Content-Length", std::to_string(*response->content_length_without_body));
  }
  BodyCursor body(std::move(response->body));
  if (const auto length = body.left(); length && !outcome.headers.contains("Content-Length")) {
    outcome.headers.add("Content-Length", std::to_string(*length));
  }
  const bool success = is_success(outcome.status);
  if (want == Want::stream && success) {
    outcome.stream = std::move(body);
    co_return outcome;
  }
  const Kind* kind = kind_of_answer(call, outcome.status);
  const bool octets = kind == nullptr || kind->type == Kind::Type::bytes;
  if (success && octets && body.left().value_or(0) > kSmallBody) {
    Task<Result<Kept>> reading = read_in_place(body);
    Result<Kept> bytes = co_await std::move(reading);
    if (bytes) {
      outcome.bytes = std::move(*bytes);
    } else {
      outcome.failure = bytes.error();
    }
    co_return outcome;
  }
  Task<Result<std::string>> reading = body.rest(success ? kLargestDocument : kLargestError);
  Result<std::string> text = co_await std::move(reading);
  if (!text) {
    outcome.failure = text.error();
    co_return outcome;
  }
  if (!octets) {
    // Kept as text too only where somebody may ask for it.
    if (want == Want::response) outcome.text = *text;
    outcome.document = Document::parse(std::move(*text), outcome.document_problem);
  } else {
    outcome.text = std::move(*text);
  }
  co_return outcome;
}

nb::object bytes_of(const Outcome& outcome) {
  if (outcome.bytes.get() != nullptr) return nb::borrow(outcome.bytes.get());
  return nb::bytes(outcome.text.data(), outcome.text.size());
}

nb::object data_of(Outcome& outcome, const Call& call) {
  const Kind* kind = kind_of_answer(call, outcome.status);
  if (kind == nullptr) return nb::none();
  if (kind->type == Kind::Type::bytes) return bytes_of(outcome);
  if (!outcome.document) {
    raise_decode(
        fmt::format("{}: the answer is no JSON: {}", call.operation->name(), outcome.document_problem));
  }
  return nb::steal(decode(*kind, outcome.document->root(), call.operation->name().c_str()));
}

// None, or what was asked for and is not there: its URI, and a hint.
nb::object missing_of(const Outcome& outcome, const Call& call) {
  if (outcome.status != 404) return nb::none();
  const auto told = api::read_json<api::ErrorBody>(outcome.text);
  // A HEAD has no body, and is of objects.
  const std::string message = told ? told->message : call.method == "HEAD" ? "not found" : "";
  const auto missing = client::missing_of(call.path, call.query, message);
  if (!missing) return nb::none();
  return nb::make_tuple(message_text(missing->uri.to_string()), message_text(missing->hint));
}

void raise_failure(const Outcome& outcome, const Call& call) {
  if (const std::exception_ptr asked = end_asked_by(call.body.get())) std::rethrow_exception(asked);
  if (!outcome.failure) return;
  raise_error(*outcome.failure);
}

[[noreturn]] void raise_status(Outcome& outcome, const Call& call) {
  const std::string_view reason = http::reason_of(outcome.status);
  if (call.error.get() == nullptr) {  // nobody has configured the session
    raise(PyExc_RuntimeError, fmt::format("{} {}: {}", outcome.status, reason, outcome.text));
  }
  const nb::object error =
      nb::handle(call.error.get())(outcome.status, nb::str(reason.data(), reason.size()), bytes_of(outcome),
                                   header_list(outcome.headers), missing_of(outcome, call));
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  nb::raise_python_error();
}

}  // namespace

namespace {

Task<Outcome> run_to_the_end(const Call& call, Want want, Executor& executor) {
  for (int attempt = 0;; ++attempt) {
    Task<Outcome> running = run_once(call, want, executor);
    Outcome outcome = co_await std::move(running);
    // Requests that bring no answer were repeated below; here a body broke off.
    const bool broke_off =
        outcome.failure && outcome.status != 0 && outcome.failure->code == Code::unavailable;
    if (!broke_off || !call.policy.repeatable || attempt >= call.policy.retries) co_return outcome;
  }
}

}  // namespace

Task<Outcome> run(const Call& call, Want want, Executor& executor) {
  Task<Outcome> running = run_to_the_end(call, want, executor);
  Outcome outcome = co_await std::move(running);
  for (int hop = 0; hop < kMostRedirects; ++hop) {
    const std::shared_ptr<Call> there = redirected(outcome.via ? *outcome.via : call, outcome);
    if (!there) break;
    Task<Outcome> going = run_to_the_end(*there, want, executor);
    outcome = co_await std::move(going);
    outcome.via = there;
  }
  co_return outcome;
}

Outcome run_here(Call& call, Want want) {
  Interruption interruption(call.stop);
  std::optional<Outcome> outcome;
  {
    const Unlocked unlocked;
    BlockingExecutor executor(BlockingExecutor::Tasks::one, interruption.waiting());
    outcome = executor.run(run(call, want, executor));
  }
  interruption.rethrow();
  return std::move(*outcome);
}

void check_success(Outcome& outcome, const Call& call) {
  raise_failure(outcome, call);
  if (!is_success(outcome.status)) raise_status(outcome, call);
}

nb::object value_of(Outcome& outcome, const Call& call) {
  check_success(outcome, call);
  return data_of(outcome, call);
}

nb::object response_of(Outcome& outcome, const Call& call) {
  raise_failure(outcome, call);
  nb::object data = is_success(outcome.status) ? data_of(outcome, call) : nb::none();
  nb::object missing = missing_of(outcome, call);
  return nb::cast(Response{outcome.status, std::string(http::reason_of(outcome.status)),
                           std::move(outcome.headers), bytes_of(outcome), std::move(data),
                           std::move(missing)});
}

namespace {

// RFC 9110 section 5.5.
nb::object text_of_field(const std::string& field) {
  return nb::steal(PyUnicode_DecodeLatin1(field.data(), static_cast<Py_ssize_t>(field.size()), nullptr));
}

}  // namespace

nb::object header_list(const http::Headers& headers) {
  nb::list list;
  for (const auto& [name, value] : headers) {
    list.append(nb::make_tuple(text_of_field(name), text_of_field(value)));
  }
  return list;
}

nb::object header_of(const http::Headers& headers, std::string_view name) {
  const std::string* value = headers.find(name);
  return value == nullptr ? nb::none() : text_of_field(*value);
}

void define_calls(nb::module_& module) {
  nb::class_<Response>(module, "Response")
      .def_ro("status", &Response::status)
      .def_ro("reason", &Response::reason)
      .def_prop_ro("headers", [](const Response& self) { return header_list(self.headers); })
      .def_ro("body", &Response::body)
      .def_ro("data", &Response::data)
      .def_ro("missing", &Response::missing)
      .def("header",
           [](const Response& self, const std::string& name) { return header_of(self.headers, name); });
}

}  // namespace mere::python
