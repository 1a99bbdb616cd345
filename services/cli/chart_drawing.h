// SPDX-License-Identifier: Apache-2.0
//
// A line through points as a picture of characters: eight dots of Braille a character, or plain
// ASCII. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/query_options.h"

namespace millrace::cli {

// As long as each other, in order of time; numbers that are not finite are left out.
struct ChartLine {
  std::vector<std::int64_t> times_us;
  std::vector<double> numbers;
  // How long the parts are that four points at most stand for, in microseconds; 0: every point is
  // here. Between points further apart than two parts there is nothing, and no line.
  std::int64_t step_us = 0;
};

struct ChartSize {
  int columns = 80;  // of the whole picture, at least kMinChartColumns
  int rows = 12;     // of the plot, at least 2
  bool ascii = false;
};
inline constexpr int kMinChartColumns = 40;
inline constexpr int kMaxChartColumns = 500;

// The plot with its axes, one line of text each, the times of both ends below. Without a point that
// can be drawn: "no points".
std::string draw_chart(const ChartLine& line, const TimeRange& range, const ChartSize& size);

}  // namespace millrace::cli
