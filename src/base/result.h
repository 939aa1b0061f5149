// Errors as values: Result<T> is a T or an Error. Named after std::expected, so that it can become it.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"

namespace mere {

// What went wrong, as far as a caller can act on it. One table (rest/status.h, s3) maps a code to
// the HTTP status, the S3 code, the exit status and the Python exception.
enum class Code {
  invalid_argument,   // the caller's input is wrong; repeating it cannot help
  unauthenticated,    // credentials missing or wrong
  permission_denied,  // known caller, not allowed
  not_found,
  already_exists,
  conflict,             // lost a compare-and-set, or a merge conflict
  precondition_failed,  // a condition the caller stated does not hold; a hook refused
  gone,                 // known once; its bytes or its repository are no longer there
  range_not_satisfiable,
  too_large,          // over a limit of ours
  too_many_requests,  // contention or a full queue; try again later
  unavailable,        // a store cannot be reached; a read may be repeated, a write may have happened
  no_space,           // the disk is full; the write did not happen
  io_error,           // the disk or file system failed
  corrupt,            // stored bytes are not what was written
  not_implemented,    // this build or store cannot do it
  cancelled,
  deadline_exceeded,
  internal,  // a bug, or a library failed in a way it does not document
};

// The enumerator's name, for logs.
std::string_view name_of(Code code);

struct Error {
  Code code = Code::internal;
  std::string message;  // names the thing and, where there is one, the remedy; shown to users

  friend bool operator==(const Error&, const Error&) = default;
};

// `error` with "context: " before its message.
Error with_context(std::string_view context, Error error);

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  template <class U = T>
    requires std::constructible_from<T, U&&> && (!std::same_as<std::remove_cvref_t<U>, Result>) &&
             (!std::same_as<std::remove_cvref_t<U>, Error>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    MERE_CHECK(has_value());
    return std::get<0>(state_);
  }
  const T& value() const& {
    MERE_CHECK(has_value());
    return std::get<0>(state_);
  }
  T&& value() && {
    MERE_CHECK(has_value());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  template <class U>
  T value_or(U&& other) && {
    return has_value() ? std::move(*this).value() : T(std::forward<U>(other));
  }

  Error& error() & {
    MERE_CHECK(!has_value());
    return std::get<1>(state_);
  }
  const Error& error() const& {
    MERE_CHECK(!has_value());
    return std::get<1>(state_);
  }
  Error&& error() && {
    MERE_CHECK(!has_value());
    return std::get<1>(std::move(state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::make_unique<Error>(std::move(error))) {}

  bool has_value() const { return error_ == nullptr; }
  explicit operator bool() const { return has_value(); }
  Error& error() & {
    MERE_CHECK(error_);
    return *error_;
  }
  const Error& error() const& {
    MERE_CHECK(error_);
    return *error_;
  }
  Error&& error() && {
    MERE_CHECK(error_);
    return std::move(*error_);
  }

 private:
  std::unique_ptr<Error> error_;  // a success costs a null pointer
};

using Status = Result<void>;

}  // namespace mere

#define MERE_CONCAT_(a, b) a##b
#define MERE_CONCAT(a, b) MERE_CONCAT_(a, b)

// ASSIGN_OR_RETURN(const Entry entry, find(path)): returns the error from the enclosing function, or
// declares `entry`.
#define ASSIGN_OR_RETURN(declaration, ...) \
  ASSIGN_OR_RETURN_(MERE_CONCAT(result_, __LINE__), declaration, __VA_ARGS__)
#define ASSIGN_OR_RETURN_(result, declaration, ...) \
  auto result = (__VA_ARGS__);                      \
  if (!result) return std::move(result).error();    \
  declaration = *std::move(result)

#define RETURN_IF_ERROR(...)                                                       \
  do {                                                                             \
    if (auto status_ = (__VA_ARGS__); !status_) return std::move(status_).error(); \
  } while (false)

// The same inside coroutines.
#define CO_ASSIGN_OR_RETURN(declaration, ...) \
  CO_ASSIGN_OR_RETURN_(MERE_CONCAT(result_, __LINE__), declaration, __VA_ARGS__)
#define CO_ASSIGN_OR_RETURN_(result, declaration, ...) \
  auto result = (__VA_ARGS__);                         \
  if (!result) co_return std::move(result).error();    \
  declaration = *std::move(result)

#define CO_RETURN_IF_ERROR(...)                                                       \
  do {                                                                                \
    if (auto status_ = (__VA_ARGS__); !status_) co_return std::move(status_).error(); \
  } while (false)
