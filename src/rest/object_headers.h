// What answers with stored bytes have in common.
#pragma once

#include "http/message.h"
#include "lake/lake.h"

namespace mere::rest {

void add_protective_headers(http::Headers& headers);
// The store cannot presign, in the words of its kind.
Error presign_unsupported(const lake::Lake& lake);

}  // namespace mere::rest
