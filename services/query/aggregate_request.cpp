// SPDX-License-Identifier: Apache-2.0
#include "query/aggregate_request.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "lib/aggregation/time_zone.h"
#include "lib/error/error.h"
#include "query/page_token.h"
#include "query/request_field.h"
#include "query/request_names.h"
#include "query/request_range.h"

namespace millrace::query {
namespace {

using aggregation::Function;

constexpr std::int64_t kNanosPerMicro = 1000;
constexpr std::int64_t kMaxWindowSeconds = std::int64_t{36'525} * 86'400;
constexpr CountRule kUnitsPerWindow{1000, 1};

absl::StatusOr<aggregation::WindowRule> fixed_windows(const google::protobuf::Duration& every) {
  const std::int64_t seconds = every.seconds();
  const std::int64_t nanos = every.nanos();
  if (seconds < 0 || nanos < 0 || nanos > 999'999'999 || seconds > kMaxWindowSeconds ||
      (seconds == kMaxWindowSeconds && nanos > 0)) {
    return refused("window.every", "must be 1 ms to 36525 days");
  }
  const std::chrono::microseconds length{seconds * 1'000'000 + nanos / kNanosPerMicro};
  if (length < std::chrono::milliseconds{1}) {
    return refused("window.every", "must be 1 ms to 36525 days");
  }
  if (nanos % kNanosPerMicro != 0) {
    return refused("window.every", fmt::format("nanos is {}, must be whole microseconds", nanos));
  }
  return aggregation::FixedWindows{length};
}

absl::StatusOr<aggregation::WindowRule> calendar_windows(const v1::CalendarWindow& calendar) {
  aggregation::CalendarWindows windows;
  switch (calendar.unit()) {
    case v1::CALENDAR_UNIT_DAY:
      windows.unit = aggregation::CalendarUnit::kDay;
      break;
    case v1::CALENDAR_UNIT_WEEK:
      windows.unit = aggregation::CalendarUnit::kWeek;
      break;
    case v1::CALENDAR_UNIT_MONTH:
      windows.unit = aggregation::CalendarUnit::kMonth;
      break;
    case v1::CALENDAR_UNIT_YEAR:
      windows.unit = aggregation::CalendarUnit::kYear;
      break;
    default:
      return refused("window.calendar.unit", "must be DAY, WEEK, MONTH or YEAR");
  }
  MILLRACE_ASSIGN_OR_RETURN(
      windows.count, checked_count("window.calendar.count", calendar.count(), kUnitsPerWindow));
  return windows;
}

absl::StatusOr<aggregation::WindowRule> rule_of(const v1::AggregateRequest& request) {
  if (!request.has_window()) return aggregation::WholeRange{};
  switch (request.window().kind_case()) {
    case v1::Window::kEvery:
      return fixed_windows(request.window().every());
    case v1::Window::kCalendar:
      return calendar_windows(request.window().calendar());
    case v1::Window::KIND_NOT_SET:
      break;
  }
  return refused("window", "must have every or calendar; leave it out for one window");
}

absl::Status check_window_count(const AggregateQuery& query) {
  const std::int64_t count = aggregation::Windows(query.rule, query.range, query.zone).count();
  const std::int64_t most = query.across_endpoints ? kMaxWindowsAcross : kMaxWindows;
  if (count <= most) return absl::OkStatus();
  return refused("window",
                 fmt::format("divides the range into {} windows, at most {} are allowed{}"
                             "; ask for longer windows or a shorter range",
                             count, most, query.across_endpoints ? " across endpoints" : ""));
}

absl::StatusOr<Function> function_of(const std::string& field, v1::AggregateFunction function) {
  switch (function) {
    case v1::AGGREGATE_FUNCTION_MIN:
      return Function::kMin;
    case v1::AGGREGATE_FUNCTION_MAX:
      return Function::kMax;
    case v1::AGGREGATE_FUNCTION_AVG:
      return Function::kAvg;
    case v1::AGGREGATE_FUNCTION_SUM:
      return Function::kSum;
    case v1::AGGREGATE_FUNCTION_COUNT:
      return Function::kCount;
    case v1::AGGREGATE_FUNCTION_FIRST:
      return Function::kFirst;
    case v1::AGGREGATE_FUNCTION_LAST:
      return Function::kLast;
    case v1::AGGREGATE_FUNCTION_STDDEV:
      return Function::kStddev;
    case v1::AGGREGATE_FUNCTION_PERCENTILE:
      return Function::kPercentile;
    case v1::AGGREGATE_FUNCTION_DELTA:
      return Function::kDelta;
    case v1::AGGREGATE_FUNCTION_INCREASE:
      return Function::kIncrease;
    case v1::AGGREGATE_FUNCTION_RATE:
      return Function::kRate;
    case v1::AGGREGATE_FUNCTION_TIME_WEIGHTED_AVG:
      return Function::kTimeWeightedAvg;
    case v1::AGGREGATE_FUNCTION_UNSPECIFIED:
      return refused(field + ".function", "must be set");
    default:
      return refused(field + ".function", fmt::format("{} is no value of AggregateFunction",
                                                      static_cast<int>(function)));
  }
}

absl::StatusOr<aggregation::Aggregation> aggregation_of(const std::string& field,
                                                        const v1::Aggregation& given) {
  aggregation::Aggregation one;
  MILLRACE_ASSIGN_OR_RETURN(one.function, function_of(field, given.function()));
  one.percentile = given.percentile();
  if (one.function != Function::kPercentile && one.percentile != 0) {
    return refused(field + ".percentile", "belongs to the function PERCENTILE alone");
  }
  // Also no NaN.
  if (!(one.percentile >= 0 && one.percentile <= 100)) {
    return refused(field + ".percentile", fmt::format("is {}, must be 0 to 100", one.percentile));
  }
  return one;
}

absl::StatusOr<std::vector<aggregation::Aggregation>> aggregations_of(
    const v1::AggregateRequest& request) {
  if (request.aggregations().empty())
    return refused("aggregations", "must have at least one entry");
  if (request.aggregations_size() > kMaxAggregations) {
    return refused("aggregations", fmt::format("has {} entries, at most {} are allowed",
                                               request.aggregations_size(), kMaxAggregations));
  }
  std::vector<aggregation::Aggregation> aggregations;
  for (int i = 0; i < request.aggregations_size(); ++i) {
    MILLRACE_ASSIGN_OR_RETURN(const auto one, aggregation_of(fmt::format("aggregations[{}]", i),
                                                             request.aggregations(i)));
    aggregations.push_back(one);
  }
  return aggregations;
}

absl::StatusOr<aggregation::Fill> fill_of(v1::Fill fill) {
  switch (fill) {
    case v1::FILL_UNSPECIFIED:
    case v1::FILL_NONE:
      return aggregation::Fill::kNone;
    case v1::FILL_NULL:
      return aggregation::Fill::kNull;
    case v1::FILL_PREVIOUS:
      return aggregation::Fill::kPrevious;
    case v1::FILL_LINEAR:
      return aggregation::Fill::kLinear;
    default:
      return refused("fill", fmt::format("{} is no value of Fill", static_cast<int>(fill)));
  }
}

// Which windows of which names.
absl::Status check_what(const v1::AggregateRequest& request, AggregateQuery& query) {
  query.application_name = request.application_name();
  MILLRACE_RETURN_IF_ERROR(check_application(query.application_name));
  MILLRACE_ASSIGN_OR_RETURN(query.endpoint_ids, some_names(kEndpointIds, request.endpoint_ids()));
  MILLRACE_ASSIGN_OR_RETURN(query.series_names,
                            some_names(kSeriesNames, request.time_series_names()));
  MILLRACE_ASSIGN_OR_RETURN(query.value_names, checked_names(kValueNames, request.value_names()));
  query.across_endpoints = request.across_endpoints();
  if (query.across_endpoints) std::sort(query.endpoint_ids.begin(), query.endpoint_ids.end());
  MILLRACE_ASSIGN_OR_RETURN(const time_series::TimeRange range, range_of(request));
  query.range = {range.from, range.to};
  MILLRACE_ASSIGN_OR_RETURN(query.rule, rule_of(request));
  const auto zone = aggregation::load_time_zone(request.time_zone());
  if (!zone.ok()) return refused("time_zone", error::message(zone.status()));
  query.zone = *zone;
  return check_window_count(query);
}

}  // namespace

absl::StatusOr<AggregateQuery> check(const v1::AggregateRequest& request) {
  AggregateQuery query;
  MILLRACE_RETURN_IF_ERROR(check_what(request, query));
  MILLRACE_ASSIGN_OR_RETURN(query.aggregations, aggregations_of(request));
  MILLRACE_ASSIGN_OR_RETURN(query.fill, fill_of(request.fill()));
  if (request.limit() < 0) {
    return refused("limit", fmt::format("is {}, must not be negative", request.limit()));
  }
  if (request.limit() > 0) query.limit = request.limit();
  query.request_digest = digest_of(request);
  if (request.resume_token().empty()) return query;
  const auto behind = read_aggregate_token(request.resume_token(), query.request_digest);
  if (!behind.ok()) return refused("resume_token", error::message(behind.status()));
  query.behind = *behind;
  return query;
}

}  // namespace millrace::query
