// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/windowed_aggregation.h"

#include <random>

#include <gmock/gmock.h>

namespace millrace::aggregation {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

time::UnixMicros at(std::int64_t second) {
  return time::UnixMicros{seconds{second}};
}
Point point(std::int64_t second, double value) {
  return {at(second), value};
}

const time::UnixMicros kLater = at(1'000'000);

// Windows of ten seconds in a range of seconds.
Windows tens(std::int64_t from, std::int64_t to) {
  return Windows(FixedWindows{seconds{10}}, {at(from), at(to)}, absl::UTCTimeZone());
}

struct Given {
  std::optional<Point> before;
  std::vector<Point> points;
  AggregationScope scope{kLater, false, false};
};

std::vector<WindowSummary> windows_of(const Windows& windows, const Given& given) {
  std::vector<WindowSummary> taken;
  WindowedAggregation aggregation(windows, given.scope, [&taken](WindowSummary summary) {
    taken.push_back(std::move(summary));
  });
  if (given.before) aggregation.begin_behind(*given.before);
  for (const Point& one : given.points) aggregation.add(one);
  aggregation.end();
  return taken;
}

TEST(WindowedAggregation, WithoutPointsThereAreNoWindows) {
  EXPECT_THAT(windows_of(tens(0, 100), {}), IsEmpty());
  EXPECT_THAT(windows_of(tens(0, 100), {point(-5, 1), {}}), IsEmpty());
}

TEST(WindowedAggregation, DividesPointsAtTheEndsOfWindows) {
  const auto taken =
      windows_of(tens(0, 100), {{}, {point(0, 1), point(9, 2), point(10, 3), point(35, 4)}});
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(taken[0].window, (Span{at(0), at(10)}));
  EXPECT_EQ(taken[0].points.count, 2);
  EXPECT_EQ(taken[1].window, (Span{at(10), at(20)}));
  EXPECT_EQ(taken[1].points.first, point(10, 3));
  EXPECT_EQ(taken[2].window, (Span{at(30), at(40)}));
}

TEST(WindowedAggregation, DifferencesBeginAtTheValueBeforeTheWindow) {
  const auto taken =
      windows_of(tens(0, 100), {point(-500, 1), {point(2, 5), point(4, 3), point(25, 10)}});
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_DOUBLE_EQ(taken[0].delta, 2);
  EXPECT_DOUBLE_EQ(taken[0].points.increase, 4 + 3);  // began again at 0
  EXPECT_DOUBLE_EQ(taken[1].delta, 7);
  EXPECT_DOUBLE_EQ(taken[1].points.increase, 7);
}

TEST(WindowedAggregation, WithoutAValueBeforeDifferencesBeginAtTheFirst) {
  const auto taken = windows_of(tens(0, 100), {{}, {point(2, 5), point(4, 9)}});
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_DOUBLE_EQ(taken[0].delta, 4);
  EXPECT_DOUBLE_EQ(taken[0].points.increase, 4);
}

TEST(WindowedAggregation, AValueHoldsUntilTheNextAndTheEndOfTheWindow) {
  const auto taken = windows_of(tens(0, 100), {point(-1, 7), {point(4, 1), point(9, 100)}});
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_DOUBLE_EQ(taken[0].points.integral, 4 * 7 + 5 * 1 + 1 * 100);
  EXPECT_DOUBLE_EQ(taken[0].lowest_held, 1);
  EXPECT_DOUBLE_EQ(taken[0].highest_held, 100);
  EXPECT_DOUBLE_EQ(taken[0].held_seconds, 10);
  EXPECT_DOUBLE_EQ(taken[0].seconds, 10);
}

TEST(WindowedAggregation, NothingHoldsBeyondTheRangeOrNow) {
  // The range has seconds 5 to 18 of two windows.
  const auto cut = windows_of(tens(5, 18), {point(0, 7), {point(6, 1), point(12, 2)}});
  ASSERT_EQ(cut.size(), 2U);
  EXPECT_DOUBLE_EQ(cut[0].points.integral, 1 * 7 + 4 * 1);
  EXPECT_DOUBLE_EQ(cut[0].seconds, 5);
  EXPECT_DOUBLE_EQ(cut[1].points.integral, 2 * 1 + 6 * 2);
  EXPECT_DOUBLE_EQ(cut[1].seconds, 8);

  const auto now = windows_of(tens(0, 100), {{}, {point(2, 3)}, {at(5), false, false}});
  ASSERT_EQ(now.size(), 1U);
  EXPECT_DOUBLE_EQ(now[0].points.integral, 9);
  EXPECT_DOUBLE_EQ(now[0].held_seconds, 3);
  EXPECT_DOUBLE_EQ(now[0].seconds, 5);
}

TEST(WindowedAggregation, APointAheadOfOurClockHoldsForNoTime) {
  const auto taken =
      windows_of(tens(0, 100), {{}, {point(2, 3), point(8, 9)}, {at(5), false, false}});
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_DOUBLE_EQ(taken[0].points.integral, 6 * 3);
  EXPECT_DOUBLE_EQ(taken[0].held_seconds, 6);
}

TEST(WindowedAggregation, KeepsValuesOfEachWindowWhereAsked) {
  const auto taken = windows_of(
      tens(0, 100), {{}, {point(0, 4), point(1, 2), point(11, 3)}, {kLater, true, false}});
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_THAT(taken[0].values, ElementsAre(4, 2));
  EXPECT_THAT(taken[1].values, ElementsAre(3));
}

TEST(WindowedAggregation, ThroughEmptyWindowsWhatHeldIsGiven) {
  const AggregationScope through{at(47), false, true};
  const auto held = windows_of(tens(5, 100), {point(0, 2), {point(25, 4)}, through});
  ASSERT_EQ(held.size(), 5U);
  EXPECT_EQ(held[0].points.count, 0);
  EXPECT_DOUBLE_EQ(held[0].points.integral, 5 * 2);
  EXPECT_DOUBLE_EQ(held[0].lowest_held, 2);
  EXPECT_DOUBLE_EQ(held[2].lowest_held, 2);
  EXPECT_DOUBLE_EQ(held[2].highest_held, 4);
  EXPECT_DOUBLE_EQ(held[1].points.integral, 10 * 2);
  EXPECT_DOUBLE_EQ(held[2].points.integral, 5 * 2 + 5 * 4);
  EXPECT_DOUBLE_EQ(held[3].points.integral, 10 * 4);
  EXPECT_DOUBLE_EQ(held[4].points.integral, 7 * 4);  // until now
  EXPECT_EQ(windows_of(tens(5, 100), {{}, {point(25, 4)}, through}).size(), 3U);
  EXPECT_EQ(windows_of(tens(5, 100), {point(0, 2), {}, through}).size(), 5U);
}

// What rollups will do: spans of five seconds are summed up beforehand, some of them.
TEST(WindowedAggregation, SummariesOfSpansGiveWhatTheirPointsGive) {
  std::mt19937 random(3);
  const auto up_to = [&random](int most) {
    return std::uniform_int_distribution<int>(0, most)(random);
  };
  const Windows windows = tens(0, 300);
  for (int round = 0; round < 500; ++round) {
    Given given;
    if (up_to(1) == 0) given.before = point(-3, up_to(50));
    for (std::int64_t second = up_to(30); second < 300; second += 1 + up_to(9)) {
      given.points.push_back(point(second, up_to(50)));
    }
    const auto wanted = windows_of(windows, given);

    std::vector<WindowSummary> taken;
    WindowedAggregation mixed(windows, given.scope, [&taken](WindowSummary summary) {
      taken.push_back(std::move(summary));
    });
    if (given.before) mixed.begin_behind(*given.before);
    for (std::size_t i = 0; i < given.points.size();) {
      const auto span_of = [&](std::size_t at) {
        return time::to_unix_us(given.points[at].time) / 5'000'000;
      };
      const bool as_summary = up_to(1) == 0;
      Summary summary;
      std::size_t next = i;
      for (; next < given.points.size() && span_of(next) == span_of(i); ++next) {
        if (as_summary) {
          summary.add(given.points[next]);
        } else {
          mixed.add(given.points[next]);
        }
      }
      mixed.add(summary);
      i = next;
    }
    mixed.end();

    ASSERT_EQ(taken.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(taken[i].window, wanted[i].window);
      EXPECT_EQ(taken[i].points.count, wanted[i].points.count);
      EXPECT_EQ(taken[i].points.min, wanted[i].points.min);
      EXPECT_EQ(taken[i].points.last, wanted[i].points.last);
      EXPECT_NEAR(taken[i].points.squares, wanted[i].points.squares, 1e-6);
      EXPECT_NEAR(taken[i].points.increase, wanted[i].points.increase, 1e-6);
      EXPECT_NEAR(taken[i].points.integral, wanted[i].points.integral, 1e-6);
      EXPECT_DOUBLE_EQ(taken[i].delta, wanted[i].delta);
      EXPECT_DOUBLE_EQ(taken[i].held_seconds, wanted[i].held_seconds);
    }
  }
}

TEST(WindowedTexts, CountsAndKeepsTheEnds) {
  const Windows windows = tens(0, 100);
  std::vector<TextSummary> taken;
  WindowedTexts texts(windows,
                      [&taken](TextSummary summary) { taken.push_back(std::move(summary)); });
  texts.end();
  EXPECT_THAT(taken, IsEmpty());
  texts.add(at(1), "a");
  texts.add(at(2), "b");
  texts.add(at(9), "c");
  texts.add(at(10), "d");
  texts.end();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].count, 3);
  EXPECT_EQ(taken[0].first.text, "a");
  EXPECT_EQ(taken[0].last.text, "c");
  EXPECT_EQ(taken[1].window, (Span{at(10), at(20)}));
  EXPECT_EQ(taken[1].first.text, "d");
  EXPECT_EQ(taken[1].last.text, "d");
}

}  // namespace
}  // namespace millrace::aggregation
