// Task<T>: a coroutine that starts when it is awaited and resumes its awaiter when it is done.
//
// Only edges are coroutines: bodies of requests and responses, and handlers that stream them. It is
// ours rather than Asio's awaitable so that a handler compiles without Asio and runs without a socket
// (in-process calls). A Task has one awaiter; an exception inside it is thrown from the co_await.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include "base/check.h"

namespace mere {

template <class T>
class [[nodiscard]] Task;

namespace detail {

struct PromiseBase {
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> done) const noexcept {
      return done.promise().continuation;
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() { exception = std::current_exception(); }

  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr exception;
};

template <class T>
struct Promise : PromiseBase {
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& value) {
    result.emplace(std::forward<U>(value));
  }
  T take() {
    if (exception) std::rethrow_exception(exception);
    MERE_CHECK(result.has_value());
    return std::move(*result);
  }
  std::optional<T> result;
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
  void take() {
    if (exception) std::rethrow_exception(exception);
  }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  auto operator co_await() && {
    struct Awaiter {
      std::coroutine_handle<promise_type> handle;
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) {
        handle.promise().continuation = awaiter;
        return handle;
      }
      T await_resume() { return handle.promise().take(); }
    };
    MERE_CHECK(handle_);
    return Awaiter{handle_};
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

// A coroutine that owns itself: started by start(), gone when it is done.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};
}  // namespace detail

// Runs `task` from here on this thread until it first suspends; `done` gets its exception (or null)
// and its result where it finishes. Both are kept until then.
template <class T>
void start(Task<T> task, std::function<void(std::exception_ptr, std::optional<T>)> done) {
  [](Task<T> running,
     std::function<void(std::exception_ptr, std::optional<T>)> finished) -> detail::Detached {
    std::exception_ptr failure;
    std::optional<T> result;
    try {
      result.emplace(co_await std::move(running));
    } catch (...) {
      failure = std::current_exception();
    }
    finished(failure, std::move(result));
  }(std::move(task), std::move(done));
}

// The same for a task without a result.
inline void start(Task<void> task, std::function<void(std::exception_ptr)> done) {
  [](Task<void> running, std::function<void(std::exception_ptr)> finished) -> detail::Detached {
    std::exception_ptr failure;
    try {
      co_await std::move(running);
    } catch (...) {
      failure = std::current_exception();
    }
    finished(failure);
  }(std::move(task), std::move(done));
}

}  // namespace mere
