// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/window_summary.h"

#include <gmock/gmock.h>

namespace millrace::aggregation {
namespace {

using testing::ElementsAre;

Point at(std::int64_t second, double value) {
  return {time::UnixMicros{std::chrono::seconds{second}}, value};
}

WindowSummary of(const std::vector<Point>& points) {
  WindowSummary summary;
  for (const Point& point : points) {
    summary.points.add(point);
    summary.values.push_back(point.value);
  }
  return summary;
}

TEST(AcrossEndpoints, PointsMayLieAmongEachOther) {
  WindowSummary all;
  add_endpoint(all, of({at(1, 5), at(4, 9)}));
  add_endpoint(all, of({at(2, 1), at(3, 5)}));
  EXPECT_EQ(all.points.count, 4);
  EXPECT_DOUBLE_EQ(all.points.sum, 20);
  EXPECT_DOUBLE_EQ(all.points.squares, 32);  // 0 + 16 + 16 + 0 from the mean 5
  EXPECT_EQ(all.points.first, at(1, 5));
  EXPECT_EQ(all.points.last, at(4, 9));
  EXPECT_EQ(all.points.min, at(2, 1));
  EXPECT_EQ(all.points.max, at(4, 9));
  EXPECT_THAT(all.values, ElementsAre(5, 9, 1, 5));
}

TEST(AcrossEndpoints, OfEqualTimesTheFirstEndpointsIsFirstAndTheLastOnesLast) {
  WindowSummary all;
  add_endpoint(all, of({at(1, 10), at(2, 11)}));
  add_endpoint(all, of({at(1, 20), at(2, 21)}));
  EXPECT_DOUBLE_EQ(all.points.first.value, 10);
  EXPECT_DOUBLE_EQ(all.points.last.value, 21);
}

TEST(AcrossEndpoints, DifferencesAndTimesAreSummedUp) {
  WindowSummary all;
  WindowSummary one = of({at(1, 5)});
  one.points.increase = 3;
  one.points.integral = 50;
  one.held_seconds = 10;
  one.delta = -2;
  one.seconds = 10;
  add_endpoint(all, one);
  // This one had no point in the window, only a value before it.
  WindowSummary silent;
  silent.points.integral = 70;
  silent.held_seconds = 9;
  silent.seconds = 9;
  silent.lowest_held = -8;
  silent.highest_held = -7;
  add_endpoint(all, silent);
  add_endpoint(all, one);
  EXPECT_EQ(all.points.count, 2);
  EXPECT_DOUBLE_EQ(all.points.increase, 6);
  EXPECT_DOUBLE_EQ(all.points.integral, 170);
  EXPECT_DOUBLE_EQ(all.held_seconds, 29);
  EXPECT_DOUBLE_EQ(all.lowest_held, -8);
  EXPECT_DOUBLE_EQ(all.highest_held, -7);
  EXPECT_DOUBLE_EQ(all.delta, -4);
  EXPECT_DOUBLE_EQ(all.seconds, 10);
}

TEST(AcrossEndpoints, AnEndpointThatIsSilentMayComeFirst) {
  WindowSummary all;
  WindowSummary silent;
  silent.points.integral = 70;
  silent.held_seconds = 9;
  add_endpoint(all, silent);
  add_endpoint(all, of({at(1, 5)}));
  EXPECT_EQ(all.points.count, 1);
  EXPECT_EQ(all.points.first, at(1, 5));
  EXPECT_DOUBLE_EQ(all.points.integral, 70);
}

TEST(AcrossEndpoints, OfStringsTheEndsAreThoseInTime) {
  const auto text = [](std::int64_t second, const std::string& value) {
    return TextPoint{time::UnixMicros{std::chrono::seconds{second}}, value};
  };
  TextSummary all;
  add_endpoint(all, {{}, 2, text(2, "a"), text(5, "b")});
  add_endpoint(all, {{}, 3, text(2, "c"), text(5, "d")});
  add_endpoint(all, {{}, 1, text(3, "e"), text(3, "e")});
  EXPECT_EQ(all.count, 6);
  EXPECT_EQ(all.first.text, "a");
  EXPECT_EQ(all.last.text, "d");
}

}  // namespace
}  // namespace millrace::aggregation
