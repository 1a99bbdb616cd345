// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/chart.h"

#include <algorithm>
#include <array>

namespace millrace::aggregation {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

std::int64_t part_of(const ChartParts& parts, time::UnixMicros time) {
  const std::int64_t since = (time - parts.origin).count();
  const std::int64_t step = parts.step.count();
  return since / step - (since % step < 0 ? 1 : 0);
}

void append_picture(std::vector<Point>& points, const Summary& part) {
  std::array<Point, kPointsPerPart> picked = {part.first, part.min, part.max, part.last};
  std::sort(picked.begin(), picked.end(),
            [](const Point& a, const Point& b) { return a.time < b.time; });
  for (const Point& point : picked) {
    if (points.empty() || points.back().time != point.time) points.push_back(point);
  }
}

}  // namespace

ChartParts chart_parts(const Span& range, std::size_t max_points) {
  const std::chrono::microseconds length = range.end - range.start;
  const auto parts = static_cast<std::int64_t>(max_points / kPointsPerPart);
  // A single part cannot be moved to a multiple of its length.
  if (parts == 1) return {range.start, length};
  // The range may touch one part more than its length has.
  std::chrono::microseconds step{ceil_div(length.count(), parts - 1)};
  if (step >= kQuarter) step = ceil_div(step.count(), kQuarter.count()) * kQuarter;
  return {time::UnixMicros{}, step};
}

Chart::Chart(const Span& range, std::size_t max_points)
    : parts_(chart_parts(range, max_points)), max_points_(max_points) {}

void Chart::add(const Point& point) {
  ++count_;
  if (!summed_up_ && all_.size() == max_points_) sum_up();
  if (summed_up_) {
    part_at(point.time).add(point);
  } else {
    all_.push_back(point);
  }
}

void Chart::add(const Summary& summary) {
  if (summary.count == 0) return;
  count_ += summary.count;
  if (!summed_up_) sum_up();
  part_at(summary.first.time).merge(summary);
}

void Chart::sum_up() {
  summed_up_ = true;
  for (const Point& point : all_) part_at(point.time).add(point);
  all_ = {};
}

Summary& Chart::part_at(time::UnixMicros time) {
  const std::int64_t part = part_of(parts_, time);
  if (sums_.empty() || part != last_part_) sums_.emplace_back();
  last_part_ = part;
  return sums_.back();
}

bool Chart::needs_points() const {
  return summed_up_ && count_ <= static_cast<std::int64_t>(max_points_);
}

std::chrono::microseconds Chart::step() const {
  return summed_up_ ? parts_.step : std::chrono::microseconds{0};
}

std::vector<Point> Chart::points() const {
  if (!summed_up_) return all_;
  std::vector<Point> points;
  for (const Summary& part : sums_) append_picture(points, part);
  return points;
}

}  // namespace millrace::aggregation
