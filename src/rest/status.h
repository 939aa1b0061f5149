// The one table from error codes to HTTP statuses.
#pragma once

#include "base/result.h"

namespace mere::rest {

inline int http_status(Code code) {
  switch (code) {
    case Code::invalid_argument:
      return 400;
    case Code::unauthenticated:
      return 401;
    case Code::permission_denied:
      return 403;
    case Code::not_found:
      return 404;
    case Code::already_exists:
      return 409;
    case Code::conflict:
      return 409;
    case Code::precondition_failed:
      return 412;
    case Code::gone:
      return 410;
    case Code::range_not_satisfiable:
      return 416;
    case Code::too_large:
      return 413;
    case Code::too_many_requests:
      return 429;
    case Code::unavailable:
      return 503;
    case Code::no_space:
      return 507;
    case Code::io_error:
      return 500;
    case Code::corrupt:
      return 500;
    case Code::not_implemented:
      return 501;
    case Code::cancelled:
      return 499;
    case Code::deadline_exceeded:
      return 408;
    case Code::internal:
      return 500;
  }
  return 500;
}

}  // namespace mere::rest
