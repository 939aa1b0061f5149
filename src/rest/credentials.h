// Who asks: bearer token, basic authentication, session cookie, in this order; the first kind that is
// present decides (contract: behaviour, section 2).
#pragma once

#include <optional>

#include "auth/auth.h"
#include "http/message.h"

namespace mere::rest {

// nullopt: no credentials were sent (a cookie that does not verify counts as none).
// `unauthenticated`: they are wrong.
Result<std::optional<auth::Principal>> authenticate(const http::Request& request, const auth::Auth& auth);

}  // namespace mere::rest
