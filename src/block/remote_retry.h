// When a request to a remote store is repeated, and after how long.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace mere::block {

// Of an answer's status: the service was busy, or failed on its own side.
bool is_transient_status(int status);
// The service turned the request away before it did anything: 429, 503.
bool is_untouched_status(int status);

// Between half and all of `first` * 2^retry, at most `longest`.
std::chrono::milliseconds retry_delay(int retry, std::chrono::milliseconds first,
                                      std::chrono::milliseconds longest, Random& random);

// Retry-After: seconds or a date (RFC 9110, section 10.2.3); nullopt if it is neither, 0 for the past.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Timestamp now);

}  // namespace mere::block
