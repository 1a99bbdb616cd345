// SPDX-License-Identifier: Apache-2.0
//
// The picture of a range: all points where they are few, else of each of many equally long parts
// the first, the last, a lowest and a highest point (M4), so that a line drawn through them covers
// the same pixels as one through all. Pure; for one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/aggregation/summary.h"
#include "lib/aggregation/windows.h"

namespace millrace::aggregation {

// Equally long parts that begin at whole multiples of `step` since `origin`.
struct ChartParts {
  time::UnixMicros origin;
  std::chrono::microseconds step{1};
  bool operator==(const ChartParts&) const = default;
};

inline constexpr std::size_t kPointsPerPart = 4;
// From this on, parts begin at its multiples since 1970: summaries of such quarters of an hour can
// be taken for their points.
inline constexpr std::chrono::microseconds kQuarter = std::chrono::minutes{15};

// So that the range, which is not empty, touches at most max_points / 4 parts, and at least one.
ChartParts chart_parts(const Span& range, std::size_t max_points);

class Chart {
 public:
  // max_points: at least 4. Holds at most as many points, or max_points / 4 summaries.
  Chart(const Span& range, std::size_t max_points);

  // In ascending order of time, all within the range.
  void add(const Point& point);
  // Of a span that lies within one part.
  void add(const Summary& summary);

  // Everything that was added.
  std::int64_t count() const { return count_; }
  // Summaries were added, and there are so few points that all should be shown: add them to a
  // new chart.
  bool needs_points() const;
  // 0: all points are shown.
  std::chrono::microseconds step() const;
  // In ascending order of time.
  std::vector<Point> points() const;

 private:
  void sum_up();
  Summary& part_at(time::UnixMicros time);

  const ChartParts parts_;
  const std::size_t max_points_;
  std::int64_t count_ = 0;
  bool summed_up_ = false;
  std::vector<Point> all_;  // until summed_up_
  std::int64_t last_part_ = 0;
  std::vector<Summary> sums_;  // of the parts that have points
};

}  // namespace millrace::aggregation
