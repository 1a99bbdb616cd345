// SPDX-License-Identifier: Apache-2.0
#include "query/grafana_aggregate.h"

#include <optional>

#include "lib/error/error.h"
#include "lib/time_series/range_reader.h"

namespace millrace::query {
namespace {

// Steps of the reader, of up to 10,000 points each, before the connection goes back to the pool.
constexpr int kStepsPerLease = 16;

// Closes a window with the first point of the next one.
class Windows {
 public:
  explicit Windows(const WindowedValue& value) : value_(value) {}

  void add(const aggregation::Point& point) {
    const std::int64_t window = window_of(point.time, value_.step);
    if (window != window_) close();
    window_ = window;
    summary_.add(point);
  }

  std::vector<aggregation::Point> take() {
    close();
    return std::move(points_);
  }

 private:
  void close() {
    if (summary_.count == 0) return;
    points_.push_back({window_start(window_, value_.step), value_of(summary_, value_.function)});
    summary_ = {};
  }

  const WindowedValue& value_;
  std::int64_t window_ = 0;
  aggregation::Summary summary_;
  std::vector<aggregation::Point> points_;
};

void add_batch(const time_series::PointBatch& batch, const WindowedValue& value, Windows& windows) {
  for (std::size_t row = 0; row < batch.times.size(); ++row) {
    for (const time_series::PointColumn& column : batch.columns) {
      if (column.value.name != value.value_name || !column.present[row]) continue;
      const bool is_text = column.value.type == time_series::ValueType::kString;
      if (is_text && value.function != GrafanaFunction::kCount) continue;
      windows.add({batch.times[row], is_text ? 0 : column.numbers[row]});
    }
  }
}

}  // namespace

std::int64_t window_of(time::UnixMicros time, std::chrono::microseconds step) {
  const std::int64_t us = time::to_unix_us(time);
  const std::int64_t whole = us / step.count();
  return us % step.count() < 0 ? whole - 1 : whole;
}

time::UnixMicros window_start(std::int64_t window, std::chrono::microseconds step) {
  return time::from_unix_us(window * step.count());
}

absl::StatusOr<std::vector<aggregation::Point>> read_windows(const Lend& lend,
                                                             const WindowedValue& value) {
  time_series::RangeReader reader({value.application_key,
                                   {value.endpoint_id},
                                   {value.series_name},
                                   value.range,
                                   time_series::Direction::kAscending,
                                   std::nullopt});
  Windows windows(value);
  bool at_end = false;
  while (!at_end) {
    MILLRACE_RETURN_IF_ERROR(lend([&](postgres::Connection& connection) -> absl::Status {
      for (int i = 0; i < kStepsPerLease && !at_end; ++i) {
        MILLRACE_ASSIGN_OR_RETURN(const auto step,
                                  reader.next(connection, time_series::RangeLimits{}.points));
        at_end = !step;
        if (step) add_batch(step->points, value, windows);
      }
      return absl::OkStatus();
    }));
  }
  return windows.take();
}

}  // namespace millrace::query
