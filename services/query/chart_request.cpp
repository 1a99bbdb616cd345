// SPDX-License-Identifier: Apache-2.0
#include "query/chart_request.h"

#include <fmt/format.h>

#include "lib/aggregation/chart.h"
#include "lib/error/error.h"
#include "query/request_names.h"
#include "query/request_range.h"

namespace millrace::query {
namespace {

constexpr int kMaxCharts = 100;
constexpr int kMinPoints = aggregation::kPointsPerPart;
constexpr CountRule kPoints{40'000, 4'000};

NameRule at_most_charts(NameRule rule) {
  rule.max_names = kMaxCharts;
  return rule;
}

}  // namespace

absl::StatusOr<ChartQuery> check(const v1::GetChartRequest& request) {
  ChartQuery query;
  query.application_name = request.application_name();
  MILLRACE_RETURN_IF_ERROR(check_application(query.application_name));
  MILLRACE_ASSIGN_OR_RETURN(query.endpoint_ids,
                            some_names(at_most_charts(kEndpointIds), request.endpoint_ids()));
  MILLRACE_ASSIGN_OR_RETURN(query.series_names,
                            some_names(at_most_charts(kSeriesNames), request.time_series_names()));
  MILLRACE_ASSIGN_OR_RETURN(query.value_names, checked_names(kValueNames, request.value_names()));
  MILLRACE_ASSIGN_OR_RETURN(const time_series::TimeRange range, range_of(request));
  query.range = {range.from, range.to};
  MILLRACE_ASSIGN_OR_RETURN(const int points,
                            checked_count("max_points", request.max_points(), kPoints));
  if (points < kMinPoints) {
    return refused("max_points", fmt::format("is {}, must be {} to {}, or 0 for {}", points,
                                             kMinPoints, kPoints.max, kPoints.usual));
  }
  query.max_points = static_cast<std::size_t>(points);
  return query;
}

}  // namespace millrace::query
