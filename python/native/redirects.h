// Answers that send the caller to another address: how a lake hands out pre-signed addresses.
#pragma once

#include <memory>

#include "call.h"

namespace mere::python {

inline constexpr int kMostRedirects = 5;

// The call for where an answer to `call` points; null: it is no redirect that is followed (RFC 9110, section
// 15.4), which only those of GET and HEAD operations are. The lake's credentials, and every other header but
// the range that is asked for, stay behind where that is another server. `call` outlives it.
std::shared_ptr<Call> redirected(const Call& call, const Outcome& outcome);

}  // namespace mere::python
