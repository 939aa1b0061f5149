// Times as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace mere {

std::string to_rfc3339(Timestamp time);  // UTC, "2026-01-02T03:04:05.678Z", no trailing zeros
std::optional<Timestamp> from_rfc3339(std::string_view text);    // any offset
std::string to_http_date(Timestamp time);                        // RFC 9110 section 5.6.7, IMF-fixdate
std::optional<Timestamp> from_http_date(std::string_view text);  // all three forms of that section

}  // namespace mere
