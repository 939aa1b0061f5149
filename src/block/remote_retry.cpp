#include "block/remote_retry.h"

#include <algorithm>

#include "base/text.h"
#include "base/time_format.h"

namespace mere::block {

bool is_transient_status(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

bool is_untouched_status(int status) {
  return status == 429 || status == 503;
}

std::chrono::milliseconds retry_delay(int retry, std::chrono::milliseconds first,
                                      std::chrono::milliseconds longest, Random& random) {
  const std::chrono::milliseconds whole =
      std::min<std::chrono::milliseconds>(longest, first * (std::int64_t{1} << std::clamp(retry, 0, 30)));
  const std::int64_t half = whole.count() / 2;
  const auto spread = static_cast<std::uint64_t>(whole.count() - half) + 1;
  return std::chrono::milliseconds(half + static_cast<std::int64_t>(random.next_u64() % spread));
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Timestamp now) {
  if (const auto seconds = parse_integer<std::uint32_t>(value)) return std::chrono::seconds(*seconds);
  const std::optional<Timestamp> date = from_http_date(value);
  if (!date) return std::nullopt;
  return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(*date - now));
}

}  // namespace mere::block
