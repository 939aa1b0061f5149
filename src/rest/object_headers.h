// What answers with stored bytes have in common.
#pragma once

#include "http/message.h"
#include "lake/lake.h"

namespace mere::rest {

void add_protective_headers(http::Headers& headers);
// The store cannot presign, in the words of its kind.
Error presign_unsupported(const lake::Lake& lake, const version::Repository& repository);
// What the repository's store can do.
const block::Capabilities& capabilities_of(const lake::Lake& lake, const version::Repository& repository);

}  // namespace mere::rest
