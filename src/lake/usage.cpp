#include "lake/usage.h"

#include <string>

#include "base/text.h"
#include "base/time_format.h"

namespace mere::lake {
namespace {

// "usage/2026-01": the count, in decimal.
constexpr std::string_view kPrefix = "usage/";
constexpr int kAttempts = 16;

std::string month_of(Timestamp time) {
  return to_rfc3339(time).substr(0, 7);
}

Result<std::int64_t> parse(std::string_view text) {
  const auto number = parse_integer<std::int64_t>(text);
  if (!number || *number < 0) return Error{Code::corrupt, "stored usage count does not parse"};
  return *number;
}

Status add(kv::Store& state, const std::string& key, std::int64_t count) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const auto stored, state.get(key));
    std::int64_t before = 0;
    if (stored) {
      ASSIGN_OR_RETURN(before, parse(*stored));
    }
    auto written = kv::put(state, key, std::to_string(before + count), kv::Condition::unchanged(stored));
    if (written || written.error().code != Code::conflict) return written;
  }
  return Error{Code::too_many_requests, "the usage count keeps changing"};
}

}  // namespace

Usage::Usage(kv::Store& state, const Clock& clock) : state_(state), clock_(clock) {}

Status Usage::flush() {
  const std::int64_t count = pending_.exchange(0);
  if (count == 0) return {};
  auto added = add(state_, std::string(kPrefix) + month_of(clock_.now()), count);
  if (!added) pending_ += count;  // kept for the next time; twice if it was written after all
  return added;
}

Result<std::vector<MonthlyUsage>> Usage::report() const {
  std::vector<MonthlyUsage> months;
  const auto cursor = state_.scan(kPrefix);
  for (; cursor->valid(); cursor->next()) {
    const std::string_view month = cursor->key().substr(kPrefix.size());
    if (month.size() != 7 || month[4] != '-')
      return Error{Code::corrupt, "stored usage month does not parse"};
    ASSIGN_OR_RETURN(const std::int64_t year, parse(month.substr(0, 4)));
    ASSIGN_OR_RETURN(const std::int64_t number, parse(month.substr(5)));
    ASSIGN_OR_RETURN(const std::int64_t count, parse(cursor->value()));
    months.push_back({static_cast<int>(year), static_cast<int>(number), count});
  }
  RETURN_IF_ERROR(cursor->status());

  const std::int64_t pending = pending_.load(std::memory_order_relaxed);
  if (pending == 0) return months;
  const std::string now = month_of(clock_.now());
  ASSIGN_OR_RETURN(const std::int64_t year, parse(now.substr(0, 4)));
  ASSIGN_OR_RETURN(const std::int64_t number, parse(now.substr(5)));
  const MonthlyUsage current{static_cast<int>(year), static_cast<int>(number), pending};
  for (MonthlyUsage& month : months) {
    if (month.year == current.year && month.month == current.month) {
      month.count += pending;
      return months;
    }
  }
  months.push_back(current);
  return months;
}

}  // namespace mere::lake
