// What answers with stored bytes have in common.
#pragma once

#include "http/message.h"
#include "lake/lake.h"

namespace mere::rest {

void add_protective_headers(http::Headers& headers);

}  // namespace mere::rest
