#include "base/metrics.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <type_traits>
#include <variant>

#include "base/check.h"

namespace mere::metrics {
namespace {

constexpr std::array<double, 11> kSeconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
constexpr std::string_view kOther = "other";

bool is_name(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
  });
}

void append_number(std::string& out, double number) {
  if (std::isnan(number))
    out += "NaN";
  else if (std::isinf(number))
    out += number > 0 ? "+Inf" : "-Inf";
  else
    fmt::format_to(std::back_inserter(out), "{}", number);
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quotes)
      out += "\\\"";
    else
      out += c;
  }
}

void append_head(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
  out.append("# HELP ").append(name).append(" ");
  append_escaped(out, help, false);
  out.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

using Labels = std::vector<std::string>;

// name_suffix{label="value",le="bound"} and the space before the number.
void append_series(std::string& out, std::string_view name, std::string_view suffix, const Labels& labels,
                   const Labels& values, std::string_view bound = {}) {
  out.append(name).append(suffix);
  char before = '{';
  const auto append = [&](std::string_view label, std::string_view value) {
    out += before;
    before = ',';
    out.append(label).append("=\"");
    append_escaped(out, value, true);
    out += '"';
  };
  for (std::size_t i = 0; i < labels.size(); ++i) append(labels[i], values[i]);
  if (!bound.empty()) append("le", bound);
  if (before == ',') out += '}';
  out += ' ';
}

template <class Series>
constexpr std::string_view type_name() {
  if constexpr (std::is_same_v<Series, Counter>)
    return "counter";
  else if constexpr (std::is_same_v<Series, Gauge>)
    return "gauge";
  else
    return "histogram";
}

struct Sampled {
  std::string name;
  std::string help;
  std::function<double()> read;
};

}  // namespace

std::span<const double> default_seconds() {
  return kSeconds;
}

Histogram::Histogram(std::span<const double> bounds) : bounds_(bounds), counts_(bounds.size() + 1) {}

void Histogram::observe(double value) {
  const auto bucket =
      static_cast<std::size_t>(std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin());
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

template <class Series>
Family<Series>::Family(Options options) : options_(std::move(options)) {
  MERE_CHECK(is_name(options_.name));
  MERE_CHECK(std::all_of(options_.labels.begin(), options_.labels.end(), is_name));
  MERE_CHECK(std::is_sorted(options_.bounds.begin(), options_.bounds.end()));
  // A metric without labels is shown from the start, as 0.
  if (options_.labels.empty()) with({});
}

template <class Series>
Series& Family<Series>::with(std::initializer_list<std::string_view> label_values) {
  MERE_CHECK(label_values.size() == options_.labels.size());
  {
    std::shared_lock lock(mutex_);
    if (const auto found = series_.find(label_values); found != series_.end()) return *found->second;
  }
  std::unique_lock lock(mutex_);
  Labels key(label_values.begin(), label_values.end());
  if (series_.size() >= options_.max_series && !series_.contains(key))
    key.assign(key.size(), std::string(kOther));
  std::unique_ptr<Series>& series = series_[std::move(key)];
  if (!series) {
    if constexpr (std::is_same_v<Series, Histogram>)
      series = std::make_unique<Series>(options_.bounds);
    else
      series = std::make_unique<Series>();
  }
  return *series;
}

template <class Series>
void Family<Series>::write(std::string& out) const {
  append_head(out, options_.name, options_.help, type_name<Series>());
  std::shared_lock lock(mutex_);
  for (const auto& [values, series] : series_) {
    if constexpr (std::is_same_v<Series, Histogram>) {
      // Counts of one moment do not matter, but buckets must add up to the count: it is their sum.
      std::uint64_t count = 0;
      for (std::size_t i = 0; i < series->counts_.size(); ++i) {
        count += series->counts_[i].load(std::memory_order_relaxed);
        std::string bound;
        append_number(bound, i < options_.bounds.size() ? options_.bounds[i] : INFINITY);
        append_series(out, options_.name, "_bucket", options_.labels, values, bound);
        fmt::format_to(std::back_inserter(out), "{}\n", count);
      }
      append_series(out, options_.name, "_sum", options_.labels, values);
      append_number(out, series->sum_.load(std::memory_order_relaxed));
      out += '\n';
      append_series(out, options_.name, "_count", options_.labels, values);
      fmt::format_to(std::back_inserter(out), "{}\n", count);
    } else {
      append_series(out, options_.name, "", options_.labels, values);
      fmt::format_to(std::back_inserter(out), "{}\n", series->value());
    }
  }
}

template class Family<Counter>;
template class Family<Gauge>;
template class Family<Histogram>;

struct Metrics::Entry {
  std::string name;
  std::variant<std::monostate, std::unique_ptr<Family<Counter>>, std::unique_ptr<Family<Gauge>>,
               std::unique_ptr<Family<Histogram>>, Sampled>
      metric;
};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

// Under the lock.
Metrics::Entry& Metrics::add(const std::string& name) {
  for (const auto& entry : entries_) MERE_CHECK(entry->name != name);
  return *entries_.emplace_back(std::make_unique<Entry>(Entry{name, {}}));
}

Family<Counter>& Metrics::counter(std::string name, std::string help, std::vector<std::string> labels,
                                  std::size_t max_series) {
  std::lock_guard lock(mutex_);
  Entry& entry = add(name);
  return *entry.metric.emplace<1>(
      new Family<Counter>({std::move(name), std::move(help), std::move(labels), {}, max_series}));
}

Family<Gauge>& Metrics::gauge(std::string name, std::string help, std::vector<std::string> labels,
                              std::size_t max_series) {
  std::lock_guard lock(mutex_);
  Entry& entry = add(name);
  return *entry.metric.emplace<2>(
      new Family<Gauge>({std::move(name), std::move(help), std::move(labels), {}, max_series}));
}

Family<Histogram>& Metrics::histogram(std::string name, std::string help, std::vector<std::string> labels,
                                      std::span<const double> bounds, std::size_t max_series) {
  std::lock_guard lock(mutex_);
  Entry& entry = add(name);
  return *entry.metric.emplace<3>(new Family<Histogram>(
      {std::move(name), std::move(help), std::move(labels), {bounds.begin(), bounds.end()}, max_series}));
}

void Metrics::sampled_gauge(std::string name, std::string help, std::function<double()> read) {
  MERE_CHECK(is_name(name));
  std::lock_guard lock(mutex_);
  Entry& entry = add(name);
  entry.metric = Sampled{std::move(name), std::move(help), std::move(read)};
}

std::string Metrics::text() const {
  // Entries are only ever added; the lock is not held while they are asked.
  std::vector<const Entry*> entries;
  {
    std::lock_guard lock(mutex_);
    for (const auto& entry : entries_) entries.push_back(entry.get());
  }
  std::string out;
  for (const Entry* entry : entries) {
    if (const auto* sampled = std::get_if<Sampled>(&entry->metric)) {
      append_head(out, sampled->name, sampled->help, "gauge");
      out.append(sampled->name).append(" ");
      append_number(out, sampled->read());
      out += '\n';
    } else if (const auto* counter = std::get_if<1>(&entry->metric)) {
      (*counter)->write(out);
    } else if (const auto* gauge = std::get_if<2>(&entry->metric)) {
      (*gauge)->write(out);
    } else if (const auto* histogram = std::get_if<3>(&entry->metric)) {
      (*histogram)->write(out);
    }
  }
  return out;
}

}  // namespace mere::metrics
