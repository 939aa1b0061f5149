// A value, or the S3 error that ends the request: Result's counterpart where an answer is decided.
#pragma once

#include <optional>
#include <utility>

#include "base/check.h"
#include "s3/error.h"

namespace mere::s3 {

template <class T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : value_(std::move(value)) {}
  Outcome(S3Error error) : error_(std::move(error)) {}
  Outcome(const Error& error) : error_(s3_error(error)) {}

  explicit operator bool() const { return value_.has_value(); }
  T& operator*() & {
    MERE_CHECK(value_.has_value());
    return *value_;
  }
  const T& operator*() const& {
    MERE_CHECK(value_.has_value());
    return *value_;
  }
  T&& operator*() && {
    MERE_CHECK(value_.has_value());
    return *std::move(value_);
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }
  const S3Error& error() const {
    MERE_CHECK(!value_.has_value());
    return error_;
  }

 private:
  std::optional<T> value_;
  S3Error error_;
};

// An outcome without a value: nullopt is success.
using Refusal = std::optional<S3Error>;

}  // namespace mere::s3
