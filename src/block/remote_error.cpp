// What an answer that is no success means to a caller, in words that help.
#include <fmt/format.h>

#include <algorithm>

#include "block/remote_client.h"
#include "block/remote_retry.h"

namespace mere::block {
namespace {

Code code_of(int status) {
  switch (status) {
    case 400:
    case 405:
    case 411:
    case 414:
      return Code::invalid_argument;
    case 401:
    case 403:
    case 407:
      return Code::permission_denied;
    case 404:
      return Code::not_found;
    case 409:
      return Code::conflict;
    case 410:
      return Code::gone;
    case 412:
      return Code::precondition_failed;
    case 413:
      return Code::too_large;
    case 416:
      return Code::range_not_satisfiable;
    case 501:
      return Code::not_implemented;
    case 507:
      return Code::no_space;
    default:
      break;
  }
  if (is_transient_status(status) || status >= 500) return Code::unavailable;
  return Code::internal;
}

std::string_view remedy_of(int status) {
  if (status == 401 || status == 403)
    return "check that the configured credentials are right and may do this";
  if (status == 429 || status == 503) return "it is busy: try again later, or with less at a time";
  if (status >= 300 && status < 400) return "check the configured endpoint and region";
  return {};
}

// A line of text: what a service says is shown to users and written to logs.
std::string one_line(std::string_view text) {
  std::string line(text.substr(0, 500));
  std::replace_if(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return line;
}

}  // namespace

Error RemoteClient::error_of(const RemoteRequest& request, const RemoteAnswer& answer) const {
  const RemoteFault fault = service_.fault_of(request, answer);
  std::string message =
      fmt::format("cannot {}: {} answered {}", request.what, options_.service_name, answer.status);
  if (!fault.code.empty()) message += " " + one_line(fault.code);
  if (!fault.message.empty()) message += fmt::format(" \"{}\"", one_line(fault.message));
  if (!fault.request_id.empty()) message += fmt::format(" (request id {})", one_line(fault.request_id));
  const std::string_view remedy = fault.remedy.empty() ? remedy_of(answer.status) : fault.remedy;
  if (!remedy.empty()) message += fmt::format("; {}", remedy);
  return Error{fault.meaning.value_or(code_of(answer.status)), std::move(message)};
}

}  // namespace mere::block
