#include "base/metrics.h"

#include <gtest/gtest.h>

#include <thread>

namespace mere::metrics {
namespace {

TEST(Metrics, WritesTheTextFormat) {
  Metrics metrics;
  auto& requests = metrics.counter("api_requests_total", "Requests\nby code.", {"code", "method"});
  requests.with({"200", "get"}).add(3);
  requests.with({"500", "a\"b\\c\n"}).add();
  metrics.gauge("running", "Now running.").get().set(-2);
  metrics.sampled_gauge("memory_bytes", "In use.", [] { return 1.5; });
  constexpr double bounds[] = {0.1, 1};
  auto& took = metrics.histogram("took_seconds", "Time.", {"operation"}, bounds);
  took.with({"commit"}).observe(0.1);
  took.with({"commit"}).observe(0.5);
  took.with({"commit"}).observe(7);

  EXPECT_EQ(metrics.text(),
            "# HELP api_requests_total Requests\\nby code.\n"
            "# TYPE api_requests_total counter\n"
            "api_requests_total{code=\"200\",method=\"get\"} 3\n"
            "api_requests_total{code=\"500\",method=\"a\\\"b\\\\c\\n\"} 1\n"
            "# HELP running Now running.\n"
            "# TYPE running gauge\n"
            "running -2\n"
            "# HELP memory_bytes In use.\n"
            "# TYPE memory_bytes gauge\n"
            "memory_bytes 1.5\n"
            "# HELP took_seconds Time.\n"
            "# TYPE took_seconds histogram\n"
            "took_seconds_bucket{operation=\"commit\",le=\"0.1\"} 1\n"
            "took_seconds_bucket{operation=\"commit\",le=\"1\"} 2\n"
            "took_seconds_bucket{operation=\"commit\",le=\"+Inf\"} 3\n"
            "took_seconds_sum{operation=\"commit\"} 7.6\n"
            "took_seconds_count{operation=\"commit\"} 3\n");
}

TEST(Metrics, BoundTheSeriesThatValuesFromOutsideMake) {
  Metrics metrics;
  auto& family = metrics.counter("calls", "", {"who"}, 3);

  for (int i = 0; i < 100; ++i) family.with({std::to_string(i)}).add();

  EXPECT_EQ(family.with({"0"}).value(), 1u);
  EXPECT_EQ(family.with({"other"}).value(), 97u);
  EXPECT_EQ(&family.with({"50"}), &family.with({"other"}));
}

TEST(Metrics, CountFromAllThreads) {
  Metrics metrics;
  auto& family = metrics.histogram("took", "", {"who"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) family.with({t % 2 == 0 ? "even" : "odd"}).observe(1);
      (void)metrics.text();
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_NE(metrics.text().find("took_count{who=\"even\"} 2000\n"), std::string::npos);
  EXPECT_NE(metrics.text().find("took_sum{who=\"odd\"} 2000\n"), std::string::npos);
}

TEST(MetricsDeathTest, RefuseANameTwice) {
  Metrics metrics;
  metrics.counter("a", "");

  EXPECT_DEATH(metrics.gauge("a", ""), "broken invariant");
}

}  // namespace
}  // namespace mere::metrics
