// SPDX-License-Identifier: Apache-2.0
#include "query/values_before.h"

#include <algorithm>

#include "lib/error/error.h"
#include "lib/time_series/range_reader.h"

namespace millrace::query {
namespace {

using aggregation::Point;

std::optional<Point> newest_of(const time_series::PointBatch& batch,
                               const time_series::ValueDescription& value) {
  for (const time_series::PointColumn& column : batch.columns) {
    if (column.value != value) continue;
    // Falling: the newest is the first.
    const auto found = std::find(column.present.begin(), column.present.end(), true);
    if (found == column.present.end()) return std::nullopt;
    const auto at = static_cast<std::size_t>(found - column.present.begin());
    return Point{batch.times[at], column.numbers[at]};
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::optional<Point>> ValuesBefore::find(
    postgres::Connection& connection, const std::string& endpoint_id,
    const std::string& series_name, const time_series::ValueDescription& value) {
  if (!read_) MILLRACE_RETURN_IF_ERROR(read_newest(connection));
  const Place place{endpoint_id, series_name};
  const auto newest = newest_.find(place);
  if (newest == newest_.end()) {
    if (complete_) return std::nullopt;
    return look_back(connection, place, scope_.before, value);
  }
  for (const time_series::NamedFrameValue& one : newest->second.values) {
    if (one.description != value || one.value.null) continue;
    return Point{newest->second.time, one.value.number};
  }
  return look_back(connection, place, newest->second.time, value);
}

absl::Status ValuesBefore::read_newest(postgres::Connection& connection) {
  time_series::LastPointsQuery query;
  query.application_key = scope_.application_key;
  query.endpoint_ids = scope_.endpoint_ids;
  query.series_names = scope_.series_names;
  query.before = scope_.before;
  query.limit = scope_.endpoint_ids.size() * scope_.series_names.size();
  auto found = time_series::read_last_points(connection, query);
  // Strings, which nobody wants here, may be too much for one answer: then series by series.
  if (!found.ok() && !absl::IsResourceExhausted(found.status())) return found.status();
  read_ = true;
  complete_ = found.ok();
  if (!found.ok()) return absl::OkStatus();
  for (time_series::LastPoint& point : *found) {
    const Place place{point.endpoint_id, point.series_name};
    newest_.emplace(place, std::move(point));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Point>> ValuesBefore::look_back(
    postgres::Connection& connection, const Place& place, time::UnixMicros before,
    const time_series::ValueDescription& value) const {
  time_series::RangeQuery query;
  query.application_key = scope_.application_key;
  query.endpoint_ids = {place.first};
  query.series_names = {place.second};
  query.range = {time_series::kEarliestTime, before};
  query.direction = time_series::Direction::kDescending;
  time_series::RangeReader reader(std::move(query));
  std::int64_t wanted = 100;
  std::int64_t left = kMaxPointsLookedBack;
  while (left > 0) {
    MILLRACE_ASSIGN_OR_RETURN(const auto step, reader.next(connection, std::min(wanted, left)));
    if (!step) return std::nullopt;
    if (const auto found = newest_of(step->points, value)) return found;
    left -= static_cast<std::int64_t>(step->points.times.size());
    wanted *= 10;
  }
  return std::nullopt;
}

}  // namespace millrace::query
