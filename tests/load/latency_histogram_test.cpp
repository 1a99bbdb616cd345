// SPDX-License-Identifier: Apache-2.0
#include "load/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace millrace::load {
namespace {

using std::chrono::nanoseconds;

TEST(LatencyHistogram, OfNothingIsNothing) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.quantile(0.99), nanoseconds(0));
  EXPECT_EQ(histogram.max(), nanoseconds(0));
}

TEST(LatencyHistogram, ShortLatenciesAreExact) {
  LatencyHistogram histogram;
  for (int value = 1; value <= 200; ++value) histogram.record(nanoseconds(value));
  EXPECT_EQ(histogram.count(), 200U);
  EXPECT_EQ(histogram.quantile(0.5), nanoseconds(100));
  EXPECT_EQ(histogram.quantile(0.99), nanoseconds(198));
  EXPECT_EQ(histogram.quantile(1.0), nanoseconds(200));
  EXPECT_EQ(histogram.quantile(0.0), nanoseconds(1));
}

// Each quantile beside that of the sorted values themselves, over nine powers of ten.
TEST(LatencyHistogram, EveryQuantileIsAtMostABucketTooLong) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(0.0, 9.0);
  LatencyHistogram histogram;
  std::vector<std::int64_t> values;
  for (int i = 0; i < 100'000; ++i) {
    values.push_back(static_cast<std::int64_t>(std::pow(10.0, exponent(random))));
    histogram.record(nanoseconds(values.back()));
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
    const std::int64_t exact = values.at(rank - 1);
    EXPECT_GE(histogram.quantile(q).count(), exact) << q;
    EXPECT_LE(histogram.quantile(q).count(), exact + exact / 128) << q;
  }
  EXPECT_EQ(histogram.max().count(), values.back());
  EXPECT_EQ(histogram.quantile(1.0), histogram.max());
}

TEST(LatencyHistogram, WhatDoesNotFitIsCountedAtTheEnds) {
  LatencyHistogram histogram;
  histogram.record(nanoseconds(-5));
  EXPECT_EQ(histogram.quantile(1.0), nanoseconds(0));
  histogram.record(std::chrono::hours(3));
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.max(), std::chrono::hours(3));
  EXPECT_EQ(histogram.quantile(1.0), std::chrono::hours(3));
}

}  // namespace
}  // namespace millrace::load
