// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/function.h"

#include <algorithm>
#include <cmath>

namespace millrace::aggregation {
namespace {

// As PostgreSQL's percentile_cont.
Cell percentile(double percent, const std::vector<double>& sorted) {
  if (sorted.empty()) return {};
  const double position = percent / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

double average(const Summary& points) {
  // Rounding must not lead out of what was measured.
  return std::clamp(points.sum / static_cast<double>(points.count), points.min.value,
                    points.max.value);
}

double deviation(const Summary& points) {
  if (points.count == 1) return 0;
  return std::sqrt(points.squares / static_cast<double>(points.count - 1));
}

Cell cell_of(const Aggregation& aggregation, const WindowSummary& window) {
  const Summary& points = window.points;
  switch (aggregation.function) {
    case Function::kMin:
      return points.min.value;
    case Function::kMax:
      return points.max.value;
    case Function::kAvg:
      return average(points);
    case Function::kSum:
      return points.sum;
    case Function::kCount:
      return static_cast<double>(points.count);
    case Function::kFirst:
      return points.first.value;
    case Function::kLast:
      return points.last.value;
    case Function::kStddev:
      return deviation(points);
    case Function::kPercentile:
      return percentile(aggregation.percentile, window.values);
    case Function::kDelta:
      return window.delta;
    case Function::kIncrease:
      return points.increase;
    case Function::kRate:
      if (window.seconds <= 0) return {};
      return points.increase / window.seconds;
    case Function::kTimeWeightedAvg:
      // Where nothing held for any time all points lie at the end, and weigh the same.
      if (window.held_seconds <= 0) return average(points);
      return std::clamp(points.integral / window.held_seconds, window.lowest_held,
                        window.highest_held);
  }
  return {};
}

Cell cell_of(Function function, const TextSummary& window) {
  if (function == Function::kCount) return static_cast<double>(window.count);
  if (function == Function::kFirst) return window.first.text;
  if (function == Function::kLast) return window.last.text;
  return {};
}

}  // namespace

bool looks_back(Function function) {
  return function == Function::kDelta || function == Function::kIncrease ||
         function == Function::kRate || function == Function::kTimeWeightedAvg;
}

bool is_of_text(Function function) {
  return function == Function::kCount || function == Function::kFirst ||
         function == Function::kLast;
}

std::vector<Cell> cells_of(const std::vector<Aggregation>& aggregations, WindowSummary& summary) {
  std::sort(summary.values.begin(), summary.values.end());
  std::vector<Cell> cells;
  cells.reserve(aggregations.size());
  for (const Aggregation& one : aggregations) cells.push_back(cell_of(one, summary));
  return cells;
}

std::vector<Cell> cells_of(const std::vector<Aggregation>& aggregations, TextSummary& summary) {
  std::vector<Cell> cells;
  cells.reserve(aggregations.size());
  for (const Aggregation& one : aggregations) cells.push_back(cell_of(one.function, summary));
  return cells;
}

}  // namespace millrace::aggregation
