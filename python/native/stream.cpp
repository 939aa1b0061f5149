#include "stream.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include "client/save_body.h"
#include "errors.h"
#include "futures.h"
#include "http/response_head.h"
#include "large_bytes.h"

namespace mere::python {

nb::object make_stream(std::shared_ptr<Call> call, Outcome& outcome,
                       std::unique_ptr<BlockingExecutor> executor,
                       std::shared_ptr<Interruption> interruption) {
  if (!outcome.stream) return value_of(outcome, *call);  // raises
  return nb::cast(std::make_unique<BodyStream>(std::move(call), std::move(outcome), std::move(executor),
                                               std::move(interruption)));
}

BodyStream::BodyStream(std::shared_ptr<Call> call, Outcome outcome,
                       std::unique_ptr<BlockingExecutor> executor, std::shared_ptr<Interruption> interruption)
    : call_(std::move(call)),
      via_(std::move(outcome.via)),
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

BodyCursor& BodyStream::open_body() {
  if (!body_) raise(PyExc_ValueError, "the body is closed");
  return *body_;
}

namespace {

// For a read of `size` octets (negative: all) of a body of which `left` are left, if that is known.
nb::object room_for(Py_ssize_t size, std::optional<std::uint64_t> left) {
  std::uint64_t wanted = size < 0 ? *left : static_cast<std::uint64_t>(size);
  if (left) wanted = std::min(wanted, *left);
  nb::object bytes = nb::steal(new_bytes(static_cast<Py_ssize_t>(wanted)));
  if (!bytes.is_valid()) nb::raise_python_error();
  return bytes;
}

// The octets that came, of the room for them.
nb::object filled_part(nb::handle bytes, std::size_t filled) {
  if (filled == octets_of(bytes.ptr()).size()) return nb::borrow(bytes);
  return nb::bytes(PyBytes_AS_STRING(bytes.ptr()), filled);
}

}  // namespace

template <class T>
T BodyStream::wait(Task<T> task) {
  check_not_ending();
  std::optional<T> result;
  Interruption interruption(call_->stop);
  {
    const Unlocked unlocked;
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
      while (!finished.wait_for(lock, kSignalInterval, [&] { return result.has_value(); })) {
        lock.unlock();
        interruption.check();
        lock.lock();
      }
    }
  }
  (interruption_ ? *interruption_ : interruption).rethrow();
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
  const nb::object bytes = room_for(size, left);
  const std::span<std::byte> into = octets_of(bytes.ptr());
  const Result<std::size_t> filled = wait(size < 0 ? body.fill(into) : body.fill_with_what_comes(into));
  if (!filled) raise_error(filled.error());
  return filled_part(bytes, *filled);
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
  const auto left = open_body().left();
  auto [future, promise] = Promise::make(call_->stop);
  if (size < 0 && !left) {
    read_rest(std::move(promise));
    return future;
  }
  const nb::object bytes = room_for(size, left);
  // Handed on rather than shared: whoever drops it last needs the interpreter's lock, and the loop has that.
  loop_thread().post([body = body_, call = call_, via = via_, promise, whole = size < 0,
                      kept = std::make_shared<Kept>(bytes), into = octets_of(bytes.ptr())]() mutable {
    start<Result<std::size_t>>(
        whole ? body->fill(into) : body->fill_with_what_comes(into),
        [body, call, via, promise, kept = std::move(kept)](
            std::exception_ptr, std::optional<Result<std::size_t>> filled) mutable {
          promise->complete([kept = std::move(kept), filled = *std::move(filled)]() -> nb::object {
            if (!filled) raise_error(filled.error());
            return filled_part(kept->get(), *filled);
          });
        });
  });
  return future;
}

void BodyStream::read_rest(std::shared_ptr<Promise> promise) {
  loop_thread().post([body = body_, call = call_, via = via_, promise = std::move(promise)] {
    start<Result<std::string>>(
        body->rest(std::numeric_limits<std::size_t>::max()),
        [body, call, via, promise](std::exception_ptr, std::optional<Result<std::string>> text) {
          auto done = std::make_shared<Result<std::string>>(std::move(*text));
          promise->complete([done]() -> nb::object {
            if (!*done) raise_error(done->error());
            return nb::bytes((*done)->data(), (*done)->size());
          });
        });
  });
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
    loop_thread().post([via = via_, body = std::move(body_)]() mutable { body.reset(); });
  }
}

void BodyStream::close() {
  const Unlocked unlocked;
  let_go();
}

void define_streams(nb::module_& module) {
  using namespace nb::literals;
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
}

}  // namespace mere::python
