// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/chart.h"

#include <algorithm>
#include <map>
#include <random>

#include <gmock/gmock.h>

namespace millrace::aggregation {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using testing::ElementsAre;

Point at(std::int64_t us, double value) {
  return {time::from_unix_us(us), value};
}

Span span(std::int64_t from, std::int64_t to) {
  return {time::from_unix_us(from), time::from_unix_us(to)};
}

std::int64_t part_of(const ChartParts& parts, time::UnixMicros time) {
  return std::chrono::floor<microseconds>(time - parts.origin).count() / parts.step.count() -
         ((time - parts.origin).count() % parts.step.count() < 0 ? 1 : 0);
}

TEST(ChartParts, LongOnesBeginAtQuartersOfAnHour) {
  const Span day{time::from_unix_us(17), time::from_unix_us(17) + hours{24}};
  EXPECT_EQ(chart_parts(day, 4 * 25).step, hours{1});
  EXPECT_EQ(chart_parts(day, 4 * 24).step, minutes{75});
  EXPECT_EQ(chart_parts(day, 4 * 25).origin, time::UnixMicros{});
  // Below a quarter of an hour any length will do.
  EXPECT_EQ(chart_parts(day, 4 * 101).step, microseconds{864'000'000});
}

TEST(ChartParts, AreNeverMoreThanAskedFor) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 20'000; ++round) {
    const auto from =
        static_cast<std::int64_t>(random() % 4'000'000'000'000'000) - 2'000'000'000'000'000;
    const auto length = 1 + static_cast<std::int64_t>(random() % (1ULL << (random() % 52)));
    const std::size_t max_points = 4 + random() % 40'000;
    const Span range = span(from, from + length);
    const ChartParts parts = chart_parts(range, max_points);
    ASSERT_GE(parts.step.count(), 1);
    const std::int64_t touched =
        part_of(parts, range.end - microseconds{1}) - part_of(parts, range.start) + 1;
    ASSERT_LE(touched, static_cast<std::int64_t>(max_points / 4))
        << from << " + " << length << " in " << max_points;
  }
}

TEST(Chart, ShowsAllWhereTheyAreFew) {
  Chart chart(span(0, 100), 4);
  for (int i = 0; i < 4; ++i) chart.add(at(i, i));
  EXPECT_EQ(chart.step().count(), 0);
  EXPECT_EQ(chart.count(), 4);
  EXPECT_THAT(chart.points(), ElementsAre(at(0, 0), at(1, 1), at(2, 2), at(3, 3)));
  chart.add(at(4, 0));
  EXPECT_EQ(chart.step().count(), 100);
  EXPECT_EQ(chart.count(), 5);
  // The first is the lowest, the last is neither.
  EXPECT_THAT(chart.points(), ElementsAre(at(0, 0), at(3, 3), at(4, 0)));
}

TEST(Chart, ShowsFourPointsOfAPart) {
  Chart chart(span(0, 100), 7);
  const std::vector<double> values = {5, 1, 9, 6, 7, 8, 2, 6};
  for (std::size_t i = 0; i < values.size(); ++i) {
    chart.add(at(static_cast<std::int64_t>(i) * 10, values[i]));
  }
  EXPECT_THAT(chart.points(), ElementsAre(at(0, 5), at(10, 1), at(20, 9), at(70, 6)));
}

// No extreme is lost, nothing is invented, and there are not more points than asked for.
TEST(Chart, KeepsWhatTheEyeWouldSee) {
  std::mt19937 random(23);
  for (int round = 0; round < 1000; ++round) {
    const std::int64_t from = std::uniform_int_distribution<std::int64_t>(-50'000, 50'000)(random);
    const Span range =
        span(from, from + std::uniform_int_distribution<std::int64_t>(1, 30'000)(random));
    const std::size_t max_points = 4 + random() % 60;
    std::vector<Point> points;
    for (std::int64_t us = from + static_cast<std::int64_t>(random() % 40);
         us < time::to_unix_us(range.end); us += 1 + static_cast<std::int64_t>(random() % 200)) {
      points.push_back(at(us, static_cast<double>(random() % 100)));
    }
    Chart chart(range, max_points);
    for (const Point& point : points) chart.add(point);
    const std::vector<Point> shown = chart.points();

    ASSERT_EQ(chart.count(), static_cast<std::int64_t>(points.size()));
    ASSERT_LE(shown.size(), max_points);
    if (points.size() <= max_points) {
      ASSERT_EQ(shown, points);
      continue;
    }
    std::map<std::int64_t, std::vector<Point>> all_by_part;
    std::map<std::int64_t, std::vector<Point>> shown_by_part;
    const ChartParts parts = chart_parts(range, max_points);
    ASSERT_EQ(chart.step(), parts.step);
    for (const Point& one : points) all_by_part[part_of(parts, one.time)].push_back(one);
    for (const Point& one : shown) shown_by_part[part_of(parts, one.time)].push_back(one);
    for (std::size_t i = 1; i < shown.size(); ++i) ASSERT_LT(shown[i - 1].time, shown[i].time);
    ASSERT_EQ(all_by_part.size(), shown_by_part.size());
    const auto lower = [](const Point& a, const Point& b) { return a.value < b.value; };
    for (const auto& [part, all] : all_by_part) {
      const auto& picked = shown_by_part[part];
      for (const Point& one : picked) {
        ASSERT_TRUE(std::find(all.begin(), all.end(), one) != all.end());
      }
      ASSERT_EQ(picked.front(), all.front());
      ASSERT_EQ(picked.back(), all.back());
      ASSERT_EQ(std::min_element(picked.begin(), picked.end(), lower)->value,
                std::min_element(all.begin(), all.end(), lower)->value);
      ASSERT_EQ(std::max_element(picked.begin(), picked.end(), lower)->value,
                std::max_element(all.begin(), all.end(), lower)->value);
    }
  }
}

TEST(Chart, SummariesOfQuartersGiveThePictureOfTheirPoints) {
  const Span days{time::UnixMicros{}, time::UnixMicros{} + hours{48}};
  Chart of_points(days, 4 * 20);
  Chart of_quarters(days, 4 * 20);
  std::mt19937 random(2);
  Summary quarter;
  for (int minute = 0; minute < 48 * 60; ++minute) {
    const Point point{days.start + minutes{minute}, static_cast<double>(random() % 1000)};
    of_points.add(point);
    quarter.add(point);
    if (minute % 15 == 14) of_quarters.add(std::exchange(quarter, {}));
  }
  EXPECT_FALSE(of_quarters.needs_points());
  EXPECT_EQ(of_quarters.points(), of_points.points());
  EXPECT_EQ(of_quarters.step(), of_points.step());
}

TEST(Chart, SaysWhenSummariesAreTooFewPointsForAPicture) {
  const Span days{time::UnixMicros{}, time::UnixMicros{} + hours{48}};
  Chart chart(days, 4 * 20);
  Summary quarter;
  for (int i = 0; i < 80; ++i) quarter.add(at(i, i));
  chart.add(quarter);
  EXPECT_TRUE(chart.needs_points());
  chart.add(at(80, 80));
  EXPECT_FALSE(chart.needs_points());
}

}  // namespace
}  // namespace millrace::aggregation
