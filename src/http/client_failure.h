// What curl's failures mean, in words for those who meet them, and whether they stay.
#pragma once

#include <curl/curl.h>

#include <string>

#include "http/client.h"
#include "http/client_request.h"

namespace mere::http {

// Of a request that came as far as `reached`. `said`: curl's message, or "".
SendError describe_failure(CURLcode code, CURL* easy, const OutgoingRequest& request, const char* said,
                           Reached reached);

// Of a connection to `origin` that broke under a request, for the reason that `said` tells.
SendError describe_break(const std::string& origin, const std::string& said);

}  // namespace mere::http
