// SPDX-License-Identifier: Apache-2.0
#include "cli/chart_drawing.h"

#include <algorithm>
#include <limits>

#include <gmock/gmock.h>

#include "cli/text_table.h"

namespace millrace::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const TimeRange kRange{time::from_unix_us(0), time::from_unix_us(100)};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::size_t stars(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '*'));
}

TEST(ChartDrawing, ALineRisesFromTheLeftBelowToTheRightAbove) {
  const std::string text = draw_chart({{0, 100}, {0, 10}, 0}, kRange, {44, 4, true});
  const std::vector<std::string> lines = lines_of(text);
  ASSERT_EQ(lines.size(), 6) << text;
  EXPECT_THAT(lines[0], StartsWith("10 +"));
  EXPECT_THAT(lines[0], EndsWith("*"));
  EXPECT_EQ(lines[0].size(), 44);
  EXPECT_THAT(lines[2], StartsWith(" 5 +"));
  EXPECT_THAT(lines[3], StartsWith(" 0 +*"));
  EXPECT_EQ(stars(text), 40) << "one in each column";
  EXPECT_EQ(lines[4], "   +" + std::string(40, '-'));
}

TEST(ChartDrawing, BrailleHasTwoTimesFourDotsACharacter) {
  // From the dot at the lower left of one character to that at its upper right.
  const std::string text = draw_chart(
      {{0, 1}, {0, 1}, 0}, {time::from_unix_us(0), time::from_unix_us(1)}, {5, 2, false});
  const std::vector<std::string> lines = lines_of(text);
  EXPECT_THAT(lines[0], HasSubstr("┤"));
  for (const std::string& line : {lines[0], lines[1]}) {
    EXPECT_EQ(width(line), std::string("0.5 ").size() + 2) << line;
  }
  EXPECT_THAT(lines[0], EndsWith("⢸"));
  EXPECT_THAT(lines[1], EndsWith("⡇"));
}

// Every point must be where it belongs, also the single one far above the others.
TEST(ChartDrawing, NoExtremeIsLost) {
  ChartLine line;
  for (int i = 0; i <= 100; ++i) {
    line.times_us.push_back(i);
    line.numbers.push_back(i == 37 ? 1000 : 1);
  }
  const auto lines = lines_of(draw_chart(line, kRange, {106, 10, true}));
  EXPECT_EQ(lines[0].find('*'), std::string("1000 +").size() + 37);
}

TEST(ChartDrawing, WhereThereIsNothingThereIsNoLine) {
  const ChartLine apart{{0, 10, 90, 100}, {1, 2, 2, 1}, 10};
  const std::string text = draw_chart(apart, kRange, {105, 3, true});
  const auto lines = lines_of(text);
  const std::string top = lines[0].substr(lines[0].find('+') + 1);
  EXPECT_EQ(top.substr(20, 60), std::string(60, ' ')) << text;
  ChartLine joined = apart;
  joined.step_us = 0;
  const auto whole = lines_of(draw_chart(joined, kRange, {105, 3, true}));
  EXPECT_GT(stars(whole[0]), 70);
}

TEST(ChartDrawing, ALineThatNeverMovesLiesInTheMiddle) {
  const auto lines = lines_of(draw_chart({{0, 100}, {7, 7}, 0}, kRange, {50, 5, true}));
  EXPECT_THAT(lines[2], StartsWith("7 +*"));
  EXPECT_EQ(stars(lines[0]) + stars(lines[4]), 0);
  EXPECT_THAT(lines[0], Not(HasSubstr("7")));
}

TEST(ChartDrawing, WhatIsNoNumberIsLeftOut) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(draw_chart({}, kRange, {}), "no points\n");
  EXPECT_EQ(draw_chart({{1, 2}, {nan, inf}, 0}, kRange, {}), "no points\n");
  EXPECT_THAT(draw_chart({{1, 2}, {nan, 3}, 0}, kRange, {50, 3, true}), HasSubstr("3 +"));
}

TEST(ChartDrawing, TheLargestNumbersHaveAPlaceToo) {
  const double most = std::numeric_limits<double>::max();
  const auto lines = lines_of(draw_chart({{0, 100}, {-most, most}, 0}, kRange, {60, 4, true}));
  EXPECT_THAT(lines[0], StartsWith(" 1.79769e+308 +"));
  EXPECT_THAT(lines[0], EndsWith("*"));
}

TEST(ChartDrawing, TimesOfBothEndsStandBelow) {
  const auto wide = lines_of(draw_chart({{0}, {1}, 0}, kRange, {120, 3, true}));
  EXPECT_THAT(wide.back(), HasSubstr("1970-01-01T00:00:00Z"));
  EXPECT_THAT(wide.back(), HasSubstr("1970-01-01T00:00:00.000050Z"));
  EXPECT_THAT(wide.back(), EndsWith("1970-01-01T00:00:00.000100Z"));
  const auto narrow = lines_of(draw_chart({{0}, {1}, 0}, kRange, {40, 3, true}));
  EXPECT_THAT(narrow.back(), EndsWith("1970-01-01T00:00:00Z - 1970-01-01T00:00:00.000100Z"));
}

}  // namespace
}  // namespace millrace::cli
