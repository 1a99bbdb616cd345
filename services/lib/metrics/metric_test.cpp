// SPDX-License-Identifier: Apache-2.0
#include "lib/metrics/metric.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::metrics {
namespace {

using testing::HasSubstr;

TEST(Metrics, AreExposedAsPrometheusText) {
  Registry registry;
  registry.counter("millrace_test_uploads_total", "Uploads.", {{"outcome", "a\"b"}}).increment(2);
  registry.gauge("millrace_test_sessions", "Sessions.").set(-1.5);
  registry.histogram("millrace_test_wait_seconds", "Waits.", {0.1, 1}).observe(0.5);
  const std::string text = registry.expose();
  EXPECT_THAT(text, HasSubstr("# HELP millrace_test_uploads_total Uploads.\n"
                              "# TYPE millrace_test_uploads_total counter\n"
                              "millrace_test_uploads_total{outcome=\"a\\\"b\"} 2"));
  EXPECT_THAT(text, HasSubstr("millrace_test_sessions -1.5\n"));
  EXPECT_THAT(text, HasSubstr("millrace_test_wait_seconds_bucket{le=\"0.1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("millrace_test_wait_seconds_bucket{le=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("millrace_test_wait_seconds_count 1\n"));
}

TEST(Metrics, OfOneNameAndLabelsAreTheSame) {
  Registry registry;
  const Counter first = registry.counter("millrace_test_total", "Help.", {{"kind", "x"}});
  const Counter second = registry.counter("millrace_test_total", "Help.", {{"kind", "x"}});
  const Counter other = registry.counter("millrace_test_total", "Help.", {{"kind", "y"}});
  first.increment();
  second.increment();
  EXPECT_EQ(first.value(), 2);
  EXPECT_EQ(other.value(), 0);
}

TEST(Metrics, ManyObservationsAreThoseOneByOne) {
  Registry registry;
  const std::vector<double> bounds{0.1, 1, 10};
  const std::vector<double> values{0, 0.1, 0.5, 1, 1.5, 10, 11, 0.05};  // more than buckets
  const Histogram single = registry.histogram("millrace_test_a_seconds", "Waits.", bounds);
  for (const double value : values) single.observe(value);
  const Histogram together = registry.histogram("millrace_test_b_seconds", "Waits.", bounds);
  together.observe(std::vector<double>{});
  together.observe(values);
  together.observe(std::vector<double>{2, 0.2});  // fewer
  // The bounds given first count.
  registry.histogram("millrace_test_b_seconds", "Waits.", {7}).observe(std::vector<double>{0.5});
  for (const double value : {2.0, 0.2, 0.5}) single.observe(value);
  std::string text = registry.expose();
  const std::size_t second = text.find("# HELP millrace_test_b_seconds");
  ASSERT_NE(second, std::string::npos);
  std::string expected = text.substr(0, second);
  for (std::size_t at = 0; (at = expected.find("_a_", at)) != std::string::npos; ++at) {
    expected[at + 1] = 'b';
  }
  EXPECT_EQ(text.substr(second), expected);
  EXPECT_THAT(expected, HasSubstr("millrace_test_b_seconds_count 11\n"));
}

TEST(Metrics, GaugesGoUpAndDown) {
  Registry registry;
  const Gauge gauge = registry.gauge("millrace_test_depth", "Depth.");
  gauge.add(3);
  gauge.add(-1);
  EXPECT_EQ(gauge.value(), 2);
}

TEST(Metrics, AreRefreshedOnEachScrape) {
  Registry registry;
  const Gauge gauge = registry.gauge("millrace_test_depth", "Depth.");
  double depth = 0;
  registry.on_scrape([&] { gauge.set(++depth); });
  registry.expose();
  EXPECT_THAT(registry.expose(), HasSubstr("millrace_test_depth 2\n"));
}

TEST(Metrics, LatencyBoundsRise) {
  const auto& bounds = latency_bounds_seconds();
  EXPECT_TRUE(std::is_sorted(bounds.begin(), bounds.end()));
  EXPECT_EQ(bounds.front(), 50e-6);
  EXPECT_EQ(bounds.back(), 60);
}

TEST(MetricsDeathTest, ABadNameIsABug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Registry registry;
  EXPECT_DEATH(registry.counter("no spaces", "Help."), "cannot register metric no spaces");
  registry.counter("millrace_test_total", "Help.");
  EXPECT_DEATH(registry.gauge("millrace_test_total", "Help."), "millrace_test_total");
}

}  // namespace
}  // namespace millrace::metrics
