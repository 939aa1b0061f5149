// Responses as the REST API writes them (contract: behaviour, section 1).
#pragma once

#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "base/result.h"
#include "http/message.h"
#include "rest/status.h"

namespace mere::rest {

// A JSON body that is already written; ends it with a newline.
http::Response json_text(int status, std::string body);
http::Response error_reply(int status, std::string_view message);
inline http::Response error_reply(const Error& error) {
  return error_reply(http_status(error.code), error.message);
}
http::Response empty_reply(int status);  // no body and no Content-Type
http::Response text_reply(int status, std::string body);

// A value of a generated type (its write_json is found by its namespace).
template <class T>
http::Response json_reply(int status, const T& value) {
  std::string body;
  JsonWriter writer(body);
  write_json(writer, value);
  return json_text(status, std::move(body));
}

// RETURN_IF_ERROR and ASSIGN_OR_RETURN of handlers: an error becomes its reply.
#define REPLY_IF_ERROR(...)                                                                              \
  do {                                                                                                   \
    if (const auto status_ = (__VA_ARGS__); !status_) return ::mere::rest::error_reply(status_.error()); \
  } while (false)
#define ASSIGN_OR_REPLY(declaration, ...) \
  ASSIGN_OR_REPLY_(MERE_CONCAT(result_, __LINE__), declaration, __VA_ARGS__)
#define ASSIGN_OR_REPLY_(result, declaration, ...)               \
  auto result = (__VA_ARGS__);                                   \
  if (!result) return ::mere::rest::error_reply(result.error()); \
  declaration = *std::move(result)

}  // namespace mere::rest
