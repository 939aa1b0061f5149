#include "client/call.h"

#include <fmt/format.h>

#include "api/json.h"
#include "http/response_head.h"

namespace mere::client {
namespace {

constexpr std::size_t kShownOfABody = 200;  // of one that is no error of the API: a proxy's page

bool creates(std::string_view operation) {
  return operation.starts_with("create");
}

}  // namespace

Code code_of(int status, std::string_view operation) {
  switch (status) {
    case 401:
      return Code::unauthenticated;
    case 403:
      return Code::permission_denied;
    case 404:
      return Code::not_found;
    case 408:
    case 504:
      return Code::deadline_exceeded;
    case 409:
      return creates(operation) ? Code::already_exists : Code::conflict;
    case 410:
      return Code::gone;
    case 412:
      return Code::precondition_failed;
    case 413:
      return Code::too_large;
    case 416:
      return Code::range_not_satisfiable;
    case 420:  // what lakeFS answers where others answer 429
    case 429:
      return Code::too_many_requests;
    case 499:
      return Code::cancelled;
    case 501:
      return Code::not_implemented;
    case 502:
    case 503:
      return Code::unavailable;
    case 507:
      return Code::no_space;
    default:
      return status >= 400 && status < 500 ? Code::invalid_argument : Code::internal;
  }
}

Error error_of(int status, std::string_view operation, std::string_view body) {
  const Code code = code_of(status, operation);
  if (const auto told = api::read_json<api::ErrorBody>(body); told && !told->message.empty()) {
    return {code, told->message};
  }
  std::string message = fmt::format("{}: {} {}", operation, status, http::reason_of(status));
  if (!body.empty()) message += fmt::format(": {}", body.substr(0, kShownOfABody));
  return {code, std::move(message)};
}

}  // namespace mere::client
