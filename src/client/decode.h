// From the text of an answer to its value; what the generated api.cpp and async_api.cpp are made of.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "api/json.h"
#include "base/result.h"
#include "base/task.h"

namespace mere::client {

// Errors: `corrupt`, "getRepository: the answer has an error: at "/id": …".
template <class T>
Result<T> decoded(std::string_view operation, Result<std::string> text) {
  if (!text) return std::move(text).error();
  Result<T> value = api::read_json<T>(*text, "the answer");
  if (!value) return with_context(operation, Error{Code::corrupt, std::move(value).error().message});
  return value;
}

inline Status done(Result<std::string> text) {
  if (!text) return std::move(text).error();
  return {};
}

// `operation`: a literal.
template <class T>
Task<Result<T>> decoded_later(std::string_view operation, Task<Result<std::string>> fetching) {
  co_return decoded<T>(operation, co_await std::move(fetching));
}

inline Task<Status> done_later(Task<Result<std::string>> fetching) {
  co_return done(co_await std::move(fetching));
}

}  // namespace mere::client
