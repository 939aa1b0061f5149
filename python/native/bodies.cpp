#include "bodies.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <coroutine>
#include <cstring>

#include "base/fd.h"
#include "errors.h"
#include "futures.h"
#include "kinds.h"
#include "lakes.h"

namespace mere::python {
namespace {

class MemoryReader final : public http::BodyReader {
 public:
  MemoryReader(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const std::size_t count = std::min(into.size(), bytes_.size());
    std::memcpy(into.data(), bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    co_return count;
  }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

class TextSource final : public BodySource {
 public:
  explicit TextSource(std::string text) : text_(std::make_shared<const std::string>(std::move(text))) {}
  Result<std::unique_ptr<http::BodyReader>> open(Executor&) override {
    return std::unique_ptr<http::BodyReader>(
        std::make_unique<MemoryReader>(text_, std::as_bytes(std::span(*text_))));
  }
  std::optional<std::uint64_t> length() const override { return text_->size(); }
  bool repeatable() const override { return true; }

 private:
  std::shared_ptr<const std::string> text_;
};

// A buffer of Python's, held (and so kept from changing its size) as long as somebody may read it.
class BufferSource final : public BodySource {
 public:
  explicit BufferSource(nb::handle object)
      : view_(new Py_buffer, [](Py_buffer* view) {
          const nb::gil_scoped_acquire lock;
          PyBuffer_Release(view);
          delete view;
        }) {
    view_->obj = nullptr;
    if (PyObject_GetBuffer(object.ptr(), view_.get(), PyBUF_SIMPLE) != 0) nb::raise_python_error();
  }
  Result<std::unique_ptr<http::BodyReader>> open(Executor&) override {
    const auto* bytes = static_cast<const std::byte*>(view_->buf);
    return std::unique_ptr<http::BodyReader>(
        std::make_unique<MemoryReader>(view_, std::span(bytes, static_cast<std::size_t>(view_->len))));
  }
  std::optional<std::uint64_t> length() const override { return static_cast<std::uint64_t>(view_->len); }
  bool repeatable() const override { return true; }

 private:
  std::shared_ptr<Py_buffer> view_;
};

class FileReader final : public http::BodyReader {
 public:
  FileReader(std::shared_ptr<const Fd> file, std::uint64_t from, std::uint64_t length)
      : file_(std::move(file)), position_(from), end_(from + length) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const std::size_t wanted = std::min<std::uint64_t>(into.size(), end_ - position_);
    if (wanted == 0) co_return std::size_t{0};
    const ssize_t count = ::pread(file_->get(), into.data(), wanted, static_cast<off_t>(position_));
    if (count < 0)
      co_return Error{Code::io_error, fmt::format("reading the file to send: {}", std::strerror(errno))};
    if (count == 0) co_return Error{Code::io_error, "the file to send became shorter while it was read"};
    position_ += static_cast<std::uint64_t>(count);
    co_return static_cast<std::size_t>(count);
  }

 private:
  std::shared_ptr<const Fd> file_;
  std::uint64_t position_, end_;
};

class FileSource final : public BodySource {
 public:
  FileSource(Fd file, std::uint64_t from, std::uint64_t length)
      : file_(std::make_shared<const Fd>(std::move(file))), from_(from), length_(length) {}
  Result<std::unique_ptr<http::BodyReader>> open(Executor&) override {
    return std::unique_ptr<http::BodyReader>(std::make_unique<FileReader>(file_, from_, length_));
  }
  std::optional<std::uint64_t> length() const override { return length_; }
  bool repeatable() const override { return true; }

 private:
  std::shared_ptr<const Fd> file_;
  std::uint64_t from_, length_;
};

// A file that is opened when its turn comes, so that many can wait without a descriptor each.
class NamedFileSource final : public BodySource {
 public:
  explicit NamedFileSource(std::string path) : path_(std::move(path)) {}
  Result<std::unique_ptr<http::BodyReader>> open(Executor&) override {
    Fd file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0) {
      const Code code = errno == ENOENT   ? Code::not_found
                        : errno == EACCES ? Code::permission_denied
                                          : Code::io_error;
      return Error{code, fmt::format("{}: {}", path_, std::strerror(errno))};
    }
    if (!S_ISREG(status.st_mode))
      return Error{Code::invalid_argument, fmt::format("{} is no regular file", path_)};
    length_ = static_cast<std::uint64_t>(status.st_size);
    return std::unique_ptr<http::BodyReader>(
        std::make_unique<FileReader>(std::make_shared<const Fd>(std::move(file)), 0, *length_));
  }
  std::optional<std::uint64_t> length() const override { return length_; }  // known once opened
  bool repeatable() const override { return true; }

 private:
  std::string path_;
  std::optional<std::uint64_t> length_;
};

// Pieces of bytes that Python code makes, on whatever thread the call runs.
class IteratorSource final : public BodySource {
 public:
  explicit IteratorSource(nb::object iterator) : iterator_(iterator.release().ptr()) {}
  ~IteratorSource() override {
    const nb::gil_scoped_acquire lock;  // harmless where it is held
    Py_XDECREF(iterator_);
    Py_XDECREF(piece_);
  }
  Result<std::unique_ptr<http::BodyReader>> open(Executor&) override {
    return std::make_unique<Reader>(*this);
  }
  std::optional<std::uint64_t> length() const override { return std::nullopt; }
  bool repeatable() const override { return false; }

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
    const nb::gil_scoped_acquire lock;
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
  static Error failure() {
    const nb::python_error thrown;  // takes it from the interpreter
    return {Code::invalid_argument, fmt::format("the body's iterator failed: {}", thrown.what())};
  }

  PyObject* iterator_;
  PyObject* piece_ = nullptr;  // bytes
  std::size_t position_ = 0;
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
        return std::make_shared<FileSource>(std::move(copy), static_cast<std::uint64_t>(position),
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

}  // namespace

// Bytes between a writer and the request that sends them.
struct BodyPipe::State {
  struct Waiter {  // a write_async that waits for room
    std::string data;
    std::shared_ptr<Promise> promise;
  };

  explicit State(std::size_t limit) : capacity(limit) {}

  const std::size_t capacity;
  std::mutex mutex;
  std::condition_variable room;
  std::deque<std::string> pieces;
  std::size_t position = 0;  // in the first piece
  std::size_t size = 0;
  std::deque<Waiter> waiters;
  enum class End { open, whole, aborted, ended } end = End::open;
  std::coroutine_handle<> reader;  // waits for bytes
  Executor* executor = nullptr;

  bool has_room() const { return size < capacity; }

  // Resumes the reader if it waits; the lock is held.
  void wake_reader() {
    if (!reader) return;
    const auto waiting = std::exchange(reader, {});
    executor->post([waiting] { waiting.resume(); });
  }
  void put(std::string piece) {
    size += piece.size();
    if (!piece.empty()) pieces.push_back(std::move(piece));
    wake_reader();
  }
};

namespace {

class PipeReader final : public http::BodyReader {
 public:
  PipeReader(std::shared_ptr<BodyPipe::State> state, Executor* executor) : state_(std::move(state)) {
    state_->executor = executor;
  }
  ~PipeReader() override {
    std::deque<BodyPipe::State::Waiter> orphans;
    {
      std::lock_guard lock(state_->mutex);
      state_->end = BodyPipe::State::End::ended;
      orphans.swap(state_->waiters);
    }
    state_->room.notify_all();
    for (auto& waiter : orphans) waiter.promise->fail({Code::cancelled, "the request has ended"});
  }

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    for (;;) {
      Result<std::size_t> taken = take(into);
      if (!taken || *taken > 0) co_return taken;
      if (finished()) co_return std::size_t{0};
      co_await Arrival{*state_};
    }
  }

 private:
  struct Arrival {
    BodyPipe::State& state;
    bool await_ready() const { return false; }
    bool await_suspend(std::coroutine_handle<> reader) {
      std::lock_guard lock(state.mutex);
      if (state.size > 0 || state.end != BodyPipe::State::End::open) return false;
      state.reader = reader;
      return true;
    }
    void await_resume() const {}
  };

  bool finished() {
    std::lock_guard lock(state_->mutex);
    return state_->end == BodyPipe::State::End::whole && state_->size == 0;
  }

  Result<std::size_t> take(std::span<std::byte> into) {
    std::vector<std::shared_ptr<Promise>> written;
    std::size_t taken = 0;
    {
      std::lock_guard lock(state_->mutex);
      BodyPipe::State& pipe = *state_;
      if (pipe.end == BodyPipe::State::End::aborted) return Error{Code::cancelled, "the body was given up"};
      while (taken < into.size() && !pipe.pieces.empty()) {
        const std::string& piece = pipe.pieces.front();
        const std::size_t count = std::min(into.size() - taken, piece.size() - pipe.position);
        std::memcpy(into.data() + taken, piece.data() + pipe.position, count);
        taken += count;
        pipe.position += count;
        if (pipe.position == piece.size()) {
          pipe.pieces.pop_front();
          pipe.position = 0;
        }
      }
      pipe.size -= taken;
      while (!pipe.waiters.empty() && pipe.has_room()) {
        pipe.put(std::move(pipe.waiters.front().data));
        written.push_back(std::move(pipe.waiters.front().promise));
        pipe.waiters.pop_front();
      }
    }
    if (taken > 0) state_->room.notify_all();
    for (auto& promise : written) promise->succeed();
    return taken;
  }

  std::shared_ptr<BodyPipe::State> state_;
};

class PipeSource final : public BodySource {
 public:
  explicit PipeSource(std::shared_ptr<BodyPipe::State> state) : state_(std::move(state)) {}
  Result<std::unique_ptr<http::BodyReader>> open(Executor& executor) override {
    return std::unique_ptr<http::BodyReader>(std::make_unique<PipeReader>(state_, &executor));
  }
  std::optional<std::uint64_t> length() const override { return std::nullopt; }
  bool repeatable() const override { return false; }

 private:
  std::shared_ptr<BodyPipe::State> state_;
};

std::string bytes_of(nb::handle data) {
  Py_buffer view;
  if (PyObject_GetBuffer(data.ptr(), &view, PyBUF_SIMPLE) != 0) nb::raise_python_error();
  std::string bytes(static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len));
  PyBuffer_Release(&view);
  return bytes;
}

[[noreturn]] void raise_ended(BodyPipe::State::End end) {
  raise(PyExc_BrokenPipeError,
        end == BodyPipe::State::End::ended ? "the request has ended" : "the body is closed");
}

}  // namespace

std::shared_ptr<BodySource> make_text_source(std::string text) {
  return std::make_shared<TextSource>(std::move(text));
}

std::shared_ptr<BodySource> make_file_source(std::string path) {
  return std::make_shared<NamedFileSource>(std::move(path));
}

std::shared_ptr<BodySource> make_source(nb::handle body) {
  if (PyUnicode_Check(body.ptr())) return make_text_source(std::string(utf8_of(body.ptr())));
  if (PyObject_CheckBuffer(body.ptr())) return std::make_shared<BufferSource>(body);
  BodyPipe* pipe = nullptr;
  if (nb::try_cast<BodyPipe*>(body, pipe) && pipe != nullptr)
    return std::make_shared<PipeSource>(pipe->state());
  if (nb::hasattr(body, "read")) return source_of_file(body);
  nb::object iterator = nb::steal(PyObject_GetIter(body.ptr()));
  if (iterator.is_valid()) return std::make_shared<IteratorSource>(std::move(iterator));
  PyErr_Clear();
  raise(PyExc_TypeError,
        fmt::format("a body must be bytes, str, a binary file or an iterable of bytes, not {}",
                    Py_TYPE(body.ptr())->tp_name));
}

BodyPipe::BodyPipe(std::size_t capacity) : state_(std::make_shared<State>(capacity)) {}

void BodyPipe::write(nb::handle data) {
  std::string piece = bytes_of(data);
  State::End end = State::End::open;
  bool waiting = true;
  while (waiting) {
    {
      const nb::gil_scoped_release unlocked;
      std::unique_lock lock(state_->mutex);
      waiting = !state_->room.wait_for(lock, kSignalInterval, [this] {
        return state_->end != State::End::open || (state_->has_room() && state_->waiters.empty());
      });
      end = state_->end;
      if (!waiting && end == State::End::open) state_->put(std::move(piece));
    }
    if (waiting && parked()) raise(PyExc_RuntimeError, "the interpreter is ending");
    if (PyErr_CheckSignals() != 0) nb::raise_python_error();
  }
  if (end != State::End::open) raise_ended(end);
}

nb::object BodyPipe::write_async(nb::handle data) {
  auto [future, promise] = Promise::make();
  std::string piece = bytes_of(data);
  State::End end = State::End::open;
  bool written = false;
  {
    std::lock_guard lock(state_->mutex);
    end = state_->end;
    if (end == State::End::open) {
      written = state_->has_room() && state_->waiters.empty();
      if (written) {
        state_->put(std::move(piece));
      } else {
        state_->waiters.push_back({std::move(piece), promise});
      }
    }
  }
  if (end != State::End::open) raise_ended(end);
  if (written) promise->succeed();
  return future;
}

void BodyPipe::close() {
  std::lock_guard lock(state_->mutex);
  if (state_->end == State::End::open) state_->end = State::End::whole;
  state_->wake_reader();
}

void BodyPipe::abort() {
  std::lock_guard lock(state_->mutex);
  if (state_->end == State::End::open) state_->end = State::End::aborted;
  state_->wake_reader();
}

BodyCursor::BodyCursor(http::Body body) : body_(std::move(body)) {}

std::optional<std::uint64_t> BodyCursor::left() const {
  if (std::holds_alternative<std::monostate>(body_)) return 0;
  if (const auto* text = std::get_if<std::string>(&body_)) return text->size() - position_;
  if (const auto* file = std::get_if<http::FileBody>(&body_)) return file->length - position_;
  const auto& length = std::get<http::StreamBody>(body_).length;
  if (!length) return std::nullopt;
  return *length - position_;
}

Task<std::size_t> BodyCursor::take(std::span<std::byte> into) {
  std::size_t filled = 0;
  if (const auto told = left()) into = into.first(std::min<std::uint64_t>(into.size(), *told));
  while (filled < into.size() && !failure_) {
    const std::span<std::byte> rest = into.subspan(filled);
    std::size_t count = 0;
    if (const auto* text = std::get_if<std::string>(&body_)) {
      count = rest.size();
      std::memcpy(rest.data(), text->data() + position_, count);
    } else if (const auto* file = std::get_if<http::FileBody>(&body_)) {
      const auto offset = static_cast<off_t>(file->offset + position_);
      const ssize_t read = ::pread(file->file->get(), rest.data(), rest.size(), offset);
      if (read < 0) {
        failure_ = Error{Code::io_error, fmt::format("reading the object's file: {}", std::strerror(errno))};
        break;
      }
      count = static_cast<std::size_t>(read);
    } else {
      Task<Result<std::size_t>> reading = std::get<http::StreamBody>(body_).reader->read(rest);
      const Result<std::size_t> read = co_await std::move(reading);
      if (!read) {
        failure_ = read.error();
        break;
      }
      count = *read;
    }
    if (count == 0) {
      if (left()) failure_ = Error{Code::unavailable, "the body broke off before its end"};
      break;
    }
    filled += count;
    position_ += count;
  }
  co_return filled;
}

Task<Result<std::size_t>> BodyCursor::fill(std::span<std::byte> into) {
  Task<std::size_t> taking = take(into);
  const std::size_t filled = co_await std::move(taking);
  if (failure_) co_return *failure_;
  co_return filled;
}

Task<Result<std::size_t>> BodyCursor::fill_with_what_comes(std::span<std::byte> into) {
  Task<std::size_t> taking = take(into);
  const std::size_t filled = co_await std::move(taking);
  if (failure_ && filled == 0) co_return *failure_;
  co_return filled;
}

Task<Result<std::string>> BodyCursor::rest(std::size_t limit) {
  constexpr std::size_t kPiece = 64u << 10;
  const Error too_large{Code::too_large, fmt::format("the answer is larger than {} bytes", limit)};
  std::string text;
  if (auto* whole = std::get_if<std::string>(&body_); whole != nullptr && position_ == 0) {
    if (whole->size() > limit) co_return too_large;
    position_ = whole->size();
    co_return *whole;
  }
  for (;;) {
    const auto told = left();
    const std::size_t wanted = told ? static_cast<std::size_t>(*told) : std::max(kPiece, text.size());
    if (text.size() + (told ? wanted : 0) > limit) co_return too_large;
    if (wanted == 0) co_return text;
    const std::size_t before = text.size();
    text.resize(before + wanted);
    Task<Result<std::size_t>> filling = fill(std::as_writable_bytes(std::span(text)).subspan(before));
    const Result<std::size_t> filled = co_await std::move(filling);
    if (!filled) co_return filled.error();
    text.resize(before + *filled);
    if (text.size() > limit) co_return too_large;
    if (*filled < wanted) co_return text;
  }
}

}  // namespace mere::python
