#include "bodies.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "base/fd.h"
#include "errors.h"
#include "futures.h"
#include "interpreter_lock.h"
#include "interruption.h"
#include "kinds.h"
#include "lakes.h"

namespace mere::python {
namespace {

// A buffer of Python's, held (and so kept from changing its size) as long as somebody may read it.
std::shared_ptr<BodySource> source_of_buffer(nb::handle object) {
  const std::shared_ptr<Py_buffer> view(new Py_buffer{}, [](Py_buffer* held) {
    const Locked lock;
    PyBuffer_Release(held);
    delete held;
  });
  if (PyObject_GetBuffer(object.ptr(), view.get(), PyBUF_SIMPLE) != 0) nb::raise_python_error();
  const auto* bytes = static_cast<const std::byte*>(view->buf);
  return client::make_bytes_source(view, std::span(bytes, static_cast<std::size_t>(view->len)));
}

// Pieces of bytes that Python code makes, on whatever thread the call runs.
class IteratorSource final : public BodySource {
 public:
  explicit IteratorSource(nb::object iterator) : iterator_(iterator.release().ptr()) {}
  ~IteratorSource() override {
    const Locked lock;  // harmless where it is held
    Py_XDECREF(iterator_);
    Py_XDECREF(piece_);
  }
  Result<std::unique_ptr<http::BodyReader>> open(Executor&) override {
    return std::make_unique<Reader>(*this);
  }
  std::optional<std::uint64_t> length() const override { return std::nullopt; }
  bool repeatable() const override { return false; }
  std::exception_ptr end_asked() const { return end_asked_; }

 private:
  // The source outlives its reader: the call holds it.
  class Reader final : public http::BodyReader {
   public:
    explicit Reader(IteratorSource& source) : source_(source) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override { co_return source_.next(into); }

   private:
    IteratorSource& source_;
  };

  Result<std::size_t> next(std::span<std::byte> into) {
    const Locked lock;
    return sleeping_at_the_end([&] { return next_with_lock(into); });
  }
  Result<std::size_t> next_with_lock(std::span<std::byte> into) {
    while (piece_ == nullptr || position_ == static_cast<std::size_t>(PyBytes_GET_SIZE(piece_))) {
      Py_CLEAR(piece_);
      position_ = 0;
      const nb::object made = nb::steal(PyIter_Next(iterator_));
      if (!made.is_valid()) return PyErr_Occurred() == nullptr ? Result<std::size_t>(0) : failure();
      piece_ = PyBytes_FromObject(made.ptr());
      if (piece_ == nullptr) return failure();
    }
    const std::size_t count =
        std::min(into.size(), static_cast<std::size_t>(PyBytes_GET_SIZE(piece_)) - position_);
    std::memcpy(into.data(), PyBytes_AS_STRING(piece_) + position_, count);
    position_ += count;
    return count;
  }
  Error failure() {
    try {
      nb::raise_python_error();  // what the interpreter holds
    } catch (const nb::python_error& thrown) {
      if (ends_all(thrown)) end_asked_ = std::current_exception();
      return {Code::invalid_argument, fmt::format("the body's iterator failed: {}", thrown.what())};
    }
  }

  PyObject* iterator_;
  PyObject* piece_ = nullptr;  // bytes
  std::size_t position_ = 0;
  std::exception_ptr end_asked_;
};

// file objects that are no plain files: read(n) until it answers nothing.
nb::object pieces_of(nb::handle file) {
  return nb::steal(PyObject_CallFunction(
      nb::module_::import_("builtins").attr("iter").ptr(), "OO",
      nb::module_::import_("functools").attr("partial")(nb::handle(file).attr("read"), 1 << 20).ptr(),
      nb::bytes("", 0).ptr()));
}

std::shared_ptr<BodySource> source_of_file(nb::handle file) {
  try {
    const int number = nb::cast<int>(file.attr("fileno")());
    const auto position = nb::cast<std::int64_t>(file.attr("tell")());
    struct stat status{};
    if (::fstat(number, &status) == 0 && S_ISREG(status.st_mode) && position <= status.st_size) {
      Fd copy(::fcntl(number, F_DUPFD_CLOEXEC, 0));
      if (copy) {
        return client::make_open_file_source(std::move(copy), static_cast<std::uint64_t>(position),
                                             static_cast<std::uint64_t>(status.st_size - position));
      }
    }
  } catch (const nb::python_error&) {  // io.BytesIO and others have no file behind them
  } catch (const nb::cast_error&) {
  }
  nb::object pieces = pieces_of(file);
  if (!pieces.is_valid()) nb::raise_python_error();
  return std::make_shared<IteratorSource>(std::move(pieces));
}

std::string bytes_of(nb::handle data) {
  Py_buffer view;
  if (PyObject_GetBuffer(data.ptr(), &view, PyBUF_SIMPLE) != 0) nb::raise_python_error();
  std::string bytes(static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len));
  PyBuffer_Release(&view);
  return bytes;
}

}  // namespace

std::shared_ptr<BodySource> make_source(nb::handle body) {
  if (PyUnicode_Check(body.ptr())) return make_text_source(std::string(utf8_of(body.ptr())));
  if (PyObject_CheckBuffer(body.ptr())) return source_of_buffer(body);
  BodyPipe* pipe = nullptr;
  if (nb::try_cast<BodyPipe*>(body, pipe) && pipe != nullptr) return pipe->source();
  if (nb::hasattr(body, "read")) return source_of_file(body);
  nb::object iterator = nb::steal(PyObject_GetIter(body.ptr()));
  if (iterator.is_valid()) return std::make_shared<IteratorSource>(std::move(iterator));
  PyErr_Clear();
  raise(PyExc_TypeError,
        fmt::format("a body must be bytes, str, a binary file or an iterable of bytes, not {}",
                    Py_TYPE(body.ptr())->tp_name));
}

std::exception_ptr end_asked_by(const BodySource* source) {
  const auto* iterated = dynamic_cast<const IteratorSource*>(source);
  return iterated == nullptr ? nullptr : iterated->end_asked();
}

void BodyPipe::write(nb::handle data) {
  std::string piece = bytes_of(data);
  Result<bool> written = false;
  while (written && !*written) {
    {
      const Unlocked unlocked;
      written = pipe_.write_within(kSignalInterval, piece);
    }
    if (written && !*written) check_not_ending();
    check_signals();
  }
  if (!written) raise(PyExc_BrokenPipeError, written.error().message);
}

nb::object BodyPipe::write_async(nb::handle data) {
  auto [future, promise] = Promise::make();
  const auto tell = [promise](Status status) {
    if (status) {
      promise->succeed();
    } else {
      promise->fail(status.error());
    }
  };
  const Status accepted = pipe_.write_when_there_is_room(bytes_of(data), tell);
  if (!accepted) raise(PyExc_BrokenPipeError, accepted.error().message);
  return future;
}

}  // namespace mere::python
