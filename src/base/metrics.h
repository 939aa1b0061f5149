// Counters, gauges and histograms in Prometheus's text format. The composition root owns one Metrics and
// hands it, or the series, to those who count.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mere::metrics {

// Any thread may call any method of what follows.

class Counter {
 public:
  void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  void subtract(std::int64_t amount = 1) { value_.fetch_sub(amount, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class Histogram {
 public:
  // `bounds`: the upper ends of the buckets, ascending, without +Inf. They outlive the histogram.
  explicit Histogram(std::span<const double> bounds);
  void observe(double value);

 private:
  template <class Series>
  friend class Family;
  std::span<const double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;  // one more than bounds: +Inf
  std::atomic<double> sum_{0};
};

// Orders lists of label values, also those that are only views: a look-up makes no strings.
struct LabelOrder {
  using is_transparent = void;
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](std::string_view x, std::string_view y) { return x < y; });
  }
};

// One metric: a series for each set of label values that was asked for.
template <class Series>
class Family {
 public:
  // The series of these label values, one for each label, in the order of the labels. Lives as long as
  // the family: look it up once where labels are known beforehand. Values beyond the family's limit of
  // series share one series, labelled "other": a value from outside must not grow memory without bound.
  Series& with(std::initializer_list<std::string_view> label_values);
  // The series of a metric without labels.
  Series& get() { return with({}); }

 private:
  friend class Metrics;
  struct Options {
    std::string name;
    std::string help;
    std::vector<std::string> labels;
    std::vector<double> bounds;  // of a histogram
    std::size_t max_series;
  };
  explicit Family(Options options);
  void write(std::string& out) const;

  const Options options_;
  mutable std::shared_mutex mutex_;
  std::map<std::vector<std::string>, std::unique_ptr<Series>, LabelOrder> series_;
};

// 5 ms to 10 s: the buckets Prometheus's own libraries take when told nothing.
std::span<const double> default_seconds();

// All metrics of a process, in the order they were made. Names and labels are chosen by the program, each
// name once; they are checked as invariants.
class Metrics {
 public:
  static constexpr std::size_t kMaxSeries = 1000;

  Metrics();
  ~Metrics();
  Family<Counter>& counter(std::string name, std::string help, std::vector<std::string> labels = {},
                           std::size_t max_series = kMaxSeries);
  Family<Gauge>& gauge(std::string name, std::string help, std::vector<std::string> labels = {},
                       std::size_t max_series = kMaxSeries);
  Family<Histogram>& histogram(std::string name, std::string help, std::vector<std::string> labels = {},
                               std::span<const double> bounds = default_seconds(),
                               std::size_t max_series = kMaxSeries);
  // A number that is asked for when the text is made, such as the memory in use: `read` is called on the
  // threads that call text(), by several at once, as long as this object is used.
  void sampled_gauge(std::string name, std::string help, std::function<double()> read);

  // Exposition format 0.0.4; its media type is `kContentType`.
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";
  std::string text() const;

 private:
  struct Entry;
  Entry& add(const std::string& name);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

extern template class Family<Counter>;
extern template class Family<Gauge>;
extern template class Family<Histogram>;

}  // namespace mere::metrics
