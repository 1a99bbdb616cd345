// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/function.h"

#include <limits>

#include <gtest/gtest.h>

namespace millrace::aggregation {
namespace {

Point at(std::int64_t second, double value) {
  return {time::UnixMicros{std::chrono::seconds{second}}, value};
}

WindowSummary of(const std::vector<double>& values) {
  WindowSummary window;
  std::int64_t second = 0;
  for (const double value : values) window.points.add(at(++second, value));
  window.values = values;
  return window;
}

double number(Function function, WindowSummary window, double percentile = 0) {
  return std::get<double>(cells_of({{function, percentile}}, window)[0]);
}

TEST(Function, TellsWhatOfAWindowIsAskedFor) {
  const WindowSummary window = of({4, 1, 7, 4});
  EXPECT_DOUBLE_EQ(number(Function::kMin, window), 1);
  EXPECT_DOUBLE_EQ(number(Function::kMax, window), 7);
  EXPECT_DOUBLE_EQ(number(Function::kAvg, window), 4);
  EXPECT_DOUBLE_EQ(number(Function::kSum, window), 16);
  EXPECT_DOUBLE_EQ(number(Function::kCount, window), 4);
  EXPECT_DOUBLE_EQ(number(Function::kFirst, window), 4);
  EXPECT_DOUBLE_EQ(number(Function::kLast, window), 4);
  EXPECT_NEAR(number(Function::kStddev, window), 2.449489742783178, 1e-12);
}

TEST(Function, OneValueDeviatesByNothing) {
  EXPECT_DOUBLE_EQ(number(Function::kStddev, of({5})), 0);
}

// The values are PostgreSQL's: percentile_cont(0.9) WITHIN GROUP (ORDER BY v).
TEST(Function, PercentilesLieBetweenValues) {
  const WindowSummary window = of({15, 20, 35, 40, 50});
  EXPECT_DOUBLE_EQ(number(Function::kPercentile, window, 0), 15);
  EXPECT_DOUBLE_EQ(number(Function::kPercentile, window, 40), 29);
  EXPECT_DOUBLE_EQ(number(Function::kPercentile, window, 50), 35);
  EXPECT_DOUBLE_EQ(number(Function::kPercentile, window, 90), 46);
  EXPECT_DOUBLE_EQ(number(Function::kPercentile, window, 100), 50);
  EXPECT_DOUBLE_EQ(number(Function::kPercentile, of({50, 15, 40, 20, 35}), 90), 46);
  EXPECT_DOUBLE_EQ(number(Function::kPercentile, of({3}), 99), 3);
}

TEST(Function, AnAverageLiesWithinWhatWasMeasured) {
  const double third = 0.1 + 0.2;  // a little more than 0.3
  EXPECT_LE(number(Function::kAvg, of({third, third, third})), third);
  const double large = std::numeric_limits<double>::max();
  EXPECT_DOUBLE_EQ(number(Function::kAvg, of({large, large})), large);
}

TEST(Function, ARateIsTheIncreaseByTheSecondsOfTheWindow) {
  WindowSummary window = of({1, 4, 2});  // 3, then 2 from 0
  window.seconds = 10;
  window.delta = 1;
  EXPECT_DOUBLE_EQ(number(Function::kDelta, window), 1);
  EXPECT_DOUBLE_EQ(number(Function::kIncrease, window), 5);
  EXPECT_DOUBLE_EQ(number(Function::kRate, window), 0.5);
  window.seconds = 0;
  EXPECT_TRUE(std::holds_alternative<std::monostate>(cells_of({{Function::kRate, 0}}, window)[0]));
}

TEST(Function, ATimeWeightedAverageIsByTheTimeThatValuesHeld) {
  WindowSummary window = of({10, 20});
  window.points.integral = 300;
  window.held_seconds = 20;
  window.lowest_held = 10;
  window.highest_held = 20;
  EXPECT_DOUBLE_EQ(number(Function::kTimeWeightedAvg, window), 15);
  window.points.integral = 0;
  window.held_seconds = 0;
  EXPECT_DOUBLE_EQ(number(Function::kTimeWeightedAvg, window), 15);
}

TEST(Function, NoWeightedAverageLeavesWhatHeldByRounding) {
  WindowSummary window = of({7});
  window.lowest_held = 7;
  window.highest_held = 7;
  for (double seconds = 0.1; seconds < 1e9; seconds *= 1.7) {
    window.held_seconds = seconds;
    window.points.integral = 7 * (seconds / 3) + 7 * (seconds - seconds / 3);
    EXPECT_EQ(number(Function::kTimeWeightedAvg, window), 7) << seconds;
  }
}

TEST(Function, OfStringsThereAreCountFirstAndLast) {
  TextSummary window{{}, 3, {{}, "a"}, {{}, "b"}};
  const auto cells = cells_of(
      {{Function::kCount, 0}, {Function::kFirst, 0}, {Function::kLast, 0}, {Function::kMin, 0}},
      window);
  EXPECT_EQ(cells, (std::vector<Cell>{3.0, "a", "b", std::monostate{}}));
  EXPECT_TRUE(is_of_text(Function::kLast));
  EXPECT_FALSE(is_of_text(Function::kDelta));
}

TEST(Function, SomeNeedToKnowTheValueBefore) {
  for (const Function function :
       {Function::kDelta, Function::kIncrease, Function::kRate, Function::kTimeWeightedAvg}) {
    EXPECT_TRUE(looks_back(function));
  }
  EXPECT_FALSE(looks_back(Function::kAvg));
  EXPECT_FALSE(looks_back(Function::kPercentile));
}

}  // namespace
}  // namespace millrace::aggregation
