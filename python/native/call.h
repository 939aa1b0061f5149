// One call: made under the interpreter's lock, run without it, its outcome made Python's under it again.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/executor.h"
#include "bodies.h"
#include "client/connection.h"
#include "interpreter_lock.h"
#include "interruption.h"
#include "kinds.h"
#include "lakes.h"
#include "operation.h"

namespace mere::python {

// A reference to a Python object that may be dropped on any thread.
class Kept {
 public:
  Kept() = default;
  explicit Kept(nb::handle object) : object_(object.inc_ref().ptr()) {}
  Kept(Kept&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Kept& operator=(Kept&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Kept() {
    if (object_ == nullptr) return;
    const Locked lock;
    Py_DECREF(object_);
  }
  PyObject* get() const { return object_; }

 private:
  PyObject* object_ = nullptr;
};

// All that a call needs, and nothing of Python's that it touches while it runs.
struct Call {
  std::shared_ptr<Lake> lake;
  std::shared_ptr<http::Client> elsewhere;  // of a URL that is not the lake's
  std::shared_ptr<client::Connection> connection_elsewhere;
  Kept operation_owner;
  const Operation* operation = nullptr;  // null: a raw request
  std::string method, path, query;
  http::Headers headers;
  std::shared_ptr<BodySource> body;  // null: none
  client::CallPolicy policy;
  std::stop_source stop;
  Kept error;  // makes the exception of an answer that is no success (_native.pyi, Session.configure)

  client::Connection& connection() const {
    return connection_elsewhere ? *connection_elsewhere : *lake->connection;
  }
};

enum class Want { data, response, stream };

// What came of a call. Made without the lock.
struct Outcome {
  std::optional<Error> failure;  // no answer; the rest is empty
  int status = 0;
  http::Headers headers;
  std::string text;                  // the body, where it was read as text
  Kept bytes;                        // or where it was read as bytes
  std::optional<Document> document;  // of a JSON body that has a kind
  std::string document_problem;
  std::shared_ptr<Call> via;         // that brought the answer, where the first one was a redirect
  std::optional<BodyCursor> stream;  // the body, unread
};

// Runs it to the end of its body, or for Want::stream to that of a successful answer's head. A body that
// breaks off is asked for again as the policy says, and redirects are followed (redirects.h). `call` outlives
// the task.
Task<Outcome> run(const Call& call, Want want, Executor& executor);

// Runs it on this thread, lock held on entry and exit and released meanwhile; sees to Ctrl-C.
Outcome run_here(Call& call, Want want);

// Raises where there is no answer, and what the call says for other statuses.
void check_success(Outcome& outcome, const Call& call);
// The value, or raises so.
nb::object value_of(Outcome& outcome, const Call& call);
// The answer of whatever status.
nb::object response_of(Outcome& outcome, const Call& call);

struct Response {
  int status;
  std::string reason;
  http::Headers headers;
  nb::object body;  // bytes
  nb::object data;
  nb::object missing;  // the URI of what is not there, and a hint, as a pair; or None
};
nb::object header_list(const http::Headers& headers);                       // of pairs
nb::object header_of(const http::Headers& headers, std::string_view name);  // None if it is not there

void define_calls(nb::module_& module);

}  // namespace mere::python
