// SPDX-License-Identifier: Apache-2.0
#include "query/put_request.h"

#include <cmath>
#include <set>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/series_rules/field.h"
#include "lib/time_series/reader.h"
#include "query/request_field.h"

namespace millrace::query {
namespace {

absl::Status check_value(const std::string& field, const v1::NamedValue& value) {
  if (!series_rules::is_value_name(value.name())) {
    return refused(field + ".name",
                   fmt::format("is {}, must have 1 to {} bytes without control characters and {}, "
                               "and be none of the reserved names",
                               series_rules::shown(value.name()), series_rules::kMaxValueNameBytes,
                               series_rules::kNotInValueNames));
  }
  if (value.kind_case() == v1::NamedValue::kNumber && !std::isfinite(value.number())) {
    return refused(field + ".number", fmt::format("is {}, must be a finite number; a value that is "
                                                  "not set stands for null",
                                                  value.number()));
  }
  if (value.kind_case() == v1::NamedValue::kString &&
      value.string().find('\0') != std::string::npos) {
    return refused(field + ".string", "has the character U+0000, which cannot be stored");
  }
  return absl::OkStatus();
}

absl::Status check_point(const std::string& field, const v1::PutPoint& point) {
  const time::UnixMicros time = time::from_unix_us(point.timestamp_us());
  if (time < time_series::kEarliestTime || time >= time_series::kLatestTime) {
    return refused(field + ".timestamp_us",
                   fmt::format("is {}, must be microseconds since 1970 within the years 1 to 9999",
                               point.timestamp_us()));
  }
  if (point.values().empty()) return refused(field + ".values", "must have at least one entry");
  std::set<std::string_view> names;
  for (int i = 0; i < point.values_size(); ++i) {
    const std::string at = fmt::format("{}.values[{}]", field, i);
    MILLRACE_RETURN_IF_ERROR(check_value(at, point.values(i)));
    if (!names.insert(point.values(i).name()).second) {
      return refused(at + ".name", fmt::format("is {}, which the point has already",
                                               series_rules::shown(point.values(i).name())));
    }
  }
  return absl::OkStatus();
}

absl::Status check_series(const std::string& field, const v1::EndpointSeriesPoints& series) {
  MILLRACE_RETURN_IF_ERROR(
      check_name(field + ".endpoint_id", series.endpoint_id(), kMaxEndpointIdBytes));
  if (!series_rules::is_stored_series_name(series.time_series_name())) {
    return refused(field + ".time_series_name",
                   fmt::format("is {}, must have 1 to {} characters of A-Z a-z 0-9 - _ ~",
                               series_rules::shown(series.time_series_name()),
                               series_rules::kMaxSeriesNameBytes));
  }
  for (int i = 0; i < series.data_points_size(); ++i) {
    MILLRACE_RETURN_IF_ERROR(
        check_point(fmt::format("{}.data_points[{}]", field, i), series.data_points(i)));
  }
  return absl::OkStatus();
}

absl::Status check_size(const v1::PutDataPointsRequest& request) {
  if (request.series().empty()) return refused("series", "must have at least one entry");
  if (request.series_size() > kMaxPutSeries) {
    return refused("series", fmt::format("has {} entries, at most {} are allowed",
                                         request.series_size(), kMaxPutSeries));
  }
  std::int64_t points = 0;
  for (const v1::EndpointSeriesPoints& series : request.series()) {
    points += series.data_points_size();
  }
  if (points < 1 || points > kMaxPutPoints) {
    return refused("series", fmt::format("has {} data points together, must have 1 to {}", points,
                                         kMaxPutPoints));
  }
  const std::size_t bytes = request.ByteSizeLong();
  if (bytes <= kMaxPutBytes) return absl::OkStatus();
  return refused("series", fmt::format("makes a request of {} bytes, at most {} are allowed: put "
                                       "the points in several requests",
                                       bytes, kMaxPutBytes));
}

}  // namespace

absl::Status check(const v1::PutDataPointsRequest& request) {
  MILLRACE_RETURN_IF_ERROR(
      check_name("app_version_name", request.app_version_name(), kMaxApplicationNameBytes));
  MILLRACE_RETURN_IF_ERROR(check_size(request));
  for (int i = 0; i < request.series_size(); ++i) {
    MILLRACE_RETURN_IF_ERROR(check_series(fmt::format("series[{}]", i), request.series(i)));
  }
  return absl::OkStatus();
}

std::vector<std::string> endpoint_ids_of(const v1::PutDataPointsRequest& request) {
  std::vector<std::string> ids;
  std::unordered_set<std::string_view> seen;
  for (const v1::EndpointSeriesPoints& series : request.series()) {
    if (seen.insert(series.endpoint_id()).second) ids.push_back(series.endpoint_id());
  }
  return ids;
}

}  // namespace millrace::query
