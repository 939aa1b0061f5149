#include "base/time_format.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace mere {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

struct Civil {
  std::int64_t year = 0;
  int month = 1, day = 1, hour = 0, minute = 0, second = 0;
  int weekday = 0;  // 0 Sunday
};

// Proleptic Gregorian calendar in eras of 400 years, years starting in March
// (H. Hinnant, "chrono-compatible low-level date algorithms").
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

Civil civil_of(std::int64_t seconds) {
  std::int64_t days = seconds / kDay;
  std::int64_t rest = seconds % kDay;
  if (rest < 0) {
    rest += kDay;
    days -= 1;
  }
  Civil civil;
  civil.hour = static_cast<int>(rest / 3600);
  civil.minute = static_cast<int>(rest / 60 % 60);
  civil.second = static_cast<int>(rest % 60);
  civil.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  civil.day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  civil.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  civil.year = year_of_era + era * 400 + (civil.month <= 2);
  return civil;
}

void put_two(std::string& out, std::size_t at, int value) {
  out[at] = static_cast<char>('0' + value / 10);
  out[at + 1] = static_cast<char>('0' + value % 10);
}

// Of four digits.
void put_year(std::string& out, std::size_t at, std::int64_t year) {
  put_two(out, at, static_cast<int>(year / 100));
  put_two(out, at + 2, static_cast<int>(year % 100));
}

void put_clock(std::string& out, std::size_t at, const Civil& civil) {
  put_two(out, at, civil.hour);
  put_two(out, at + 3, civil.minute);
  put_two(out, at + 6, civil.second);
}

int days_in_month(std::int64_t year, int month) {
  constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

std::optional<std::int64_t> seconds_of(const Civil& civil) {
  if (civil.month < 1 || civil.month > 12 || civil.day < 1 ||
      civil.day > days_in_month(civil.year, civil.month) || civil.hour > 23 || civil.minute > 59 ||
      civil.second > 59) {
    return std::nullopt;
  }
  return days_from_civil(civil.year, civil.month, civil.day) * kDay + civil.hour * 3600 + civil.minute * 60 +
         civil.second;
}

// Takes a text apart from the front; after a failure every step fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool take(std::string_view literal) {
    if (!rest_.starts_with(literal)) return ok_ = false;
    rest_.remove_prefix(literal.size());
    return ok_;
  }
  int digits(std::size_t count) {
    if (rest_.size() < count) return fail();
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return fail();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  template <std::size_t N>
  int one_of(const std::array<std::string_view, N>& words) {  // its index
    for (std::size_t i = 0; i < N; ++i) {
      if (rest_.starts_with(words[i])) {
        rest_.remove_prefix(words[i].size());
        return static_cast<int>(i);
      }
    }
    return fail();
  }
  // Digits after a point, as nanoseconds; what is finer than that is dropped.
  std::int32_t fraction() {
    std::int32_t nanos = 0;
    std::int32_t unit = 100'000'000;
    if (peek() < '0' || peek() > '9') return fail();
    for (; peek() >= '0' && peek() <= '9'; rest_.remove_prefix(1), unit /= 10) nanos += (peek() - '0') * unit;
    return nanos;
  }
  int fail() {
    ok_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

void scan_clock(Scanner& in, Civil& civil) {
  civil.hour = in.digits(2);
  in.take(":");
  civil.minute = in.digits(2);
  in.take(":");
  civil.second = in.digits(2);
}

std::optional<Civil> scan_imf_fixdate(std::string_view text) {
  Scanner in(text);
  Civil civil;
  in.one_of(kDays);
  in.take(", ");
  civil.day = in.digits(2);
  in.take(" ");
  civil.month = in.one_of(kMonths) + 1;
  in.take(" ");
  civil.year = in.digits(4);
  in.take(" ");
  scan_clock(in, civil);
  in.take(" GMT");
  return in.done() ? std::optional(civil) : std::nullopt;
}

std::optional<Civil> scan_rfc850(std::string_view text) {
  Scanner in(text);
  Civil civil;
  in.one_of(kLongDays);
  in.take(", ");
  civil.day = in.digits(2);
  in.take("-");
  civil.month = in.one_of(kMonths) + 1;
  in.take("-");
  // Two digits of a year: nothing that speaks HTTP wrote a date before 1970.
  const int year = in.digits(2);
  civil.year = year < 70 ? 2000 + year : 1900 + year;
  in.take(" ");
  scan_clock(in, civil);
  in.take(" GMT");
  return in.done() ? std::optional(civil) : std::nullopt;
}

std::optional<Civil> scan_asctime(std::string_view text) {
  Scanner in(text);
  Civil civil;
  in.one_of(kDays);
  in.take(" ");
  civil.month = in.one_of(kMonths) + 1;
  in.take(" ");
  if (in.peek() == ' ') {
    in.take(" ");
    civil.day = in.digits(1);
  } else {
    civil.day = in.digits(2);
  }
  in.take(" ");
  scan_clock(in, civil);
  in.take(" ");
  civil.year = in.digits(4);
  return in.done() ? std::optional(civil) : std::nullopt;
}

}  // namespace

std::string to_rfc3339(Timestamp time) {
  const Civil civil = civil_of(time.seconds);
  std::string out;
  if (civil.year < 0 || civil.year > 9999) {
    out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", civil.year, civil.month, civil.day, civil.hour,
                      civil.minute, civil.second);
  } else {  // by hand: listings print one for each entry
    out = "0000-00-00T00:00:00";
    put_year(out, 0, civil.year);
    put_two(out, 5, civil.month);
    put_two(out, 8, civil.day);
    put_clock(out, 11, civil);
  }
  if (time.nanos != 0) {
    out += fmt::format(".{:09}", time.nanos);
    while (out.back() == '0') out.pop_back();
  }
  out += 'Z';
  return out;
}

std::optional<Timestamp> from_rfc3339(std::string_view text) {
  Scanner in(text);
  Civil civil;
  civil.year = in.digits(4);
  in.take("-");
  civil.month = in.digits(2);
  in.take("-");
  civil.day = in.digits(2);
  if (in.peek() == 't')
    in.take("t");
  else
    in.take("T");
  scan_clock(in, civil);
  Timestamp time;
  if (in.peek() == '.') {
    in.take(".");
    time.nanos = in.fraction();
  }
  std::int64_t offset = 0;
  if (in.peek() == 'Z' || in.peek() == 'z') {
    in.take(in.peek() == 'Z' ? "Z" : "z");
  } else {
    const bool west = in.peek() == '-';
    in.take(west ? "-" : "+");
    const int hours = in.digits(2);
    in.take(":");
    const int minutes = in.digits(2);
    if (hours > 23 || minutes > 59) in.fail();
    offset = (hours * 60 + minutes) * (west ? -60 : 60);
  }
  if (!in.done()) return std::nullopt;
  const std::optional<std::int64_t> seconds = seconds_of(civil);
  if (!seconds) return std::nullopt;
  time.seconds = *seconds - offset;
  return time;
}

std::string to_http_date(Timestamp time) {
  const Civil civil = civil_of(time.seconds);
  const std::string_view day = kDays[static_cast<std::size_t>(civil.weekday)];
  const std::string_view month = kMonths[static_cast<std::size_t>(civil.month - 1)];
  if (civil.year < 0 || civil.year > 9999) {
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", day, civil.day, month, civil.year,
                       civil.hour, civil.minute, civil.second);
  }
  std::string out = "Day, 00 Mon 0000 00:00:00 GMT";  // by hand: each object that is read has one
  out.replace(0, 3, day);
  put_two(out, 5, civil.day);
  out.replace(8, 3, month);
  put_year(out, 12, civil.year);
  put_clock(out, 17, civil);
  return out;
}

std::optional<Timestamp> from_http_date(std::string_view text) {
  for (const auto scan : {scan_imf_fixdate, scan_rfc850, scan_asctime}) {
    const std::optional<Civil> civil = scan(text);
    if (!civil) continue;
    const std::optional<std::int64_t> seconds = seconds_of(*civil);
    if (!seconds) return std::nullopt;
    return Timestamp{*seconds, 0};
  }
  return std::nullopt;
}

}  // namespace mere
