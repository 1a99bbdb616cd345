// SPDX-License-Identifier: Apache-2.0
#include "query/grafana_aggregate.h"

#include <map>
#include <variant>

#include "lib/error/error.h"
#include "query/aggregate_reader.h"

namespace millrace::query {
namespace {

// Steps of the reader, of up to 10,000 points each, before the connection goes back to the pool.
constexpr int kStepsPerLease = 16;
constexpr std::size_t kRowsPerStep = 10'000;

AggregateQuery query_of(const WindowedValue& value) {
  AggregateQuery query;
  query.endpoint_ids = {value.endpoint_id};
  query.series_names = {value.series_name};
  query.value_names = {value.value_name};
  query.range = {value.range.from, value.range.to};
  query.rule = aggregation::FixedWindows{value.step};
  query.zone = absl::UTCTimeZone();
  query.aggregations = {{value.function, 0}};
  return query;
}

// A value that has changed its type has an answer for each; the number of points is that of both.
void add_rows(const std::vector<aggregation::Row>& rows, bool is_count,
              std::map<time::UnixMicros, double>& windows) {
  for (const aggregation::Row& row : rows) {
    const double* number = std::get_if<double>(&row.cells.front());
    if (number == nullptr) continue;
    const auto [window, is_new] = windows.try_emplace(row.start, *number);
    if (!is_new && is_count) window->second += *number;
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
  const AggregateQuery query = query_of(value);
  // None of the functions offered depends on the time of now.
  AggregateReader reader(value.application_key, query, value.range.to);
  std::map<time::UnixMicros, double> windows;
  bool at_end = false;
  while (!at_end) {
    MILLRACE_RETURN_IF_ERROR(lend([&](postgres::Connection& connection) -> absl::Status {
      for (int i = 0; i < kStepsPerLease && !at_end; ++i) {
        MILLRACE_ASSIGN_OR_RETURN(const auto step, reader.next(connection, kRowsPerStep));
        at_end = !step;
        if (step) add_rows(step->rows, value.function == aggregation::Function::kCount, windows);
      }
      return absl::OkStatus();
    }));
  }
  std::vector<aggregation::Point> points;
  for (const auto& [start, number] : windows) points.push_back({start, number});
  return points;
}

}  // namespace millrace::query
