// SPDX-License-Identifier: Apache-2.0
//
// Reads points and makes charts of them, step by step: in the order of the request's endpoints,
// then by name of series, then by name of value.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/aggregation/chart.h"
#include "query/chart_request.h"
#include "query/series_walk.h"

namespace millrace::query {

// Points of all charts that are drawn at a time, which are those of one series of one endpoint: 60
// MB at most.
inline constexpr std::size_t kMaxChartPoints = 2'400'000;

struct ChartStep {
  std::string endpoint_id;
  std::string series_name;
  time_series::ValueDescription value;
  std::chrono::microseconds step{0};
  std::int64_t count = 0;                  // of points that the picture stands for
  std::vector<aggregation::Point> points;  // may be empty: there was nothing here, call again
};

// For one thread; the connection may be another one in each step.
class ChartReader {
 public:
  // `query` outlives this.
  ChartReader(std::int32_t application_key, const ChartQuery& query);

  // At most `max_points` points of a chart, at least 1. Nothing: the end. A failure is the end too.
  absl::StatusOr<std::optional<ChartStep>> next(postgres::Connection& connection,
                                                std::size_t max_points);

 private:
  // Of one column of the series being read.
  struct Drawing {
    time_series::ValueDescription value;
    std::size_t column = 0;
    aggregation::Chart chart;
  };

  absl::Status begin(postgres::Connection& connection);
  time_series::TakesSummary takes_summary() const;
  absl::Status begin_series(const WalkStep& step);
  void add(const WalkStep& step);
  void hold(time::UnixMicros first, time::UnixMicros last);
  void end_series(WalkStep step);
  void draw_next();
  ChartStep give(std::size_t max_points);

  const std::int32_t application_key_;
  const ChartQuery& query_;
  std::optional<SeriesWalk> walk_;
  // Over the series whose summaries were read, once more for its points.
  std::optional<SeriesWalk> again_;
  // From its first point to behind its last: where its points are read, should they be needed. A
  // device may have millions of other frames before this series began.
  std::optional<time_series::TimeRange> held_;
  // Of the series being read; when it is complete, those that are still to be given.
  std::deque<Drawing> drawings_;
  WalkStep series_;
  bool is_complete_ = false;
  std::optional<ChartStep> drawn_;  // the first of them, whole
  std::size_t given_ = 0;           // points of it
};

}  // namespace millrace::query
