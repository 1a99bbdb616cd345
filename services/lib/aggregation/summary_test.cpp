// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/summary.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace millrace::aggregation {
namespace {

Point at(std::int64_t seconds, double value) {
  return {time::UnixMicros{std::chrono::seconds{seconds}}, value};
}

Summary of(const std::vector<Point>& points) {
  Summary summary;
  for (const Point& point : points) summary.add(point);
  return summary;
}

void expect_near(const Summary& got, const Summary& want) {
  EXPECT_EQ(got.count, want.count);
  EXPECT_EQ(got.first, want.first);
  EXPECT_EQ(got.last, want.last);
  EXPECT_EQ(got.min, want.min);
  EXPECT_EQ(got.max, want.max);
  const auto close = [](double a, double b) {
    return std::abs(a - b) <= 1e-9 * (1 + std::abs(a) + std::abs(b));
  };
  EXPECT_PRED2(close, got.sum, want.sum);
  EXPECT_PRED2(close, got.squares, want.squares);
  EXPECT_PRED2(close, got.increase, want.increase);
  EXPECT_PRED2(close, got.integral, want.integral);
}

TEST(Summary, OfOnePointHasNoSpread) {
  const Summary summary = of({at(5, 7)});
  EXPECT_EQ(summary, (Summary{1, 7, 0, 0, 0, at(5, 7), at(5, 7), at(5, 7), at(5, 7)}));
}

TEST(Summary, KeepsExtremesAndEnds) {
  const Summary summary = of({at(1, 2), at(2, 9), at(3, -4), at(4, 9), at(6, 3)});
  EXPECT_EQ(summary.count, 5);
  EXPECT_DOUBLE_EQ(summary.sum, 19);
  EXPECT_EQ(summary.min, at(3, -4));
  EXPECT_EQ(summary.max, at(2, 9));  // the earlier one
  EXPECT_EQ(summary.first, at(1, 2));
  EXPECT_EQ(summary.last, at(6, 3));
  EXPECT_NEAR(summary.squares, 118.8, 1e-9);
}

TEST(Summary, CountsAStepDownFromZero) {
  // 10 → 15 → (began again) 2 → 4
  EXPECT_DOUBLE_EQ(of({at(1, 10), at(2, 15), at(3, 2), at(4, 4)}).increase, 5 + 2 + 2);
}

TEST(Summary, WeighsAValueByTheTimeItHeld) {
  EXPECT_DOUBLE_EQ(of({at(0, 1), at(10, 5), at(11, 100)}).integral, 10 * 1 + 1 * 5);
}

TEST(Summary, KeepsTheSpreadOfLargeValues) {
  EXPECT_NEAR(of({at(1, 1e9), at(2, 1e9 + 1), at(3, 1e9 + 2)}).squares, 2, 1e-6);
}

TEST(Summary, MergedEqualsAllPointsAtOnce) {
  std::mt19937 random(7);
  std::normal_distribution<double> value(20, 50);
  for (int round = 0; round < 500; ++round) {
    std::vector<Point> points;
    std::int64_t second = 0;
    const int count = std::uniform_int_distribution<int>(0, 40)(random);
    for (int i = 0; i < count; ++i) {
      second += std::uniform_int_distribution<int>(1, 100)(random);
      points.push_back(at(second, std::round(value(random))));
    }
    Summary merged;
    Summary part;
    for (const Point& point : points) {
      part.add(point);
      if (std::uniform_int_distribution<int>(0, 3)(random) == 0) {
        merged.merge(part);
        part = {};
      }
    }
    merged.merge(part);
    expect_near(merged, of(points));
  }
}

}  // namespace
}  // namespace millrace::aggregation
