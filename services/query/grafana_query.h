// SPDX-License-Identifier: Apache-2.0
//
// What a request of the Grafana contract may say, and what it means, the same for both versions of
// it. Every refusal is kInvalidArgument whose message begins with the field's name. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "grafana/v1/grafana_query_api.pb.h"
#include "grafana/v3/grafana_query_api.pb.h"
#include "lib/aggregation/function.h"
#include "lib/rpc/server.h"
#include "lib/time_series/range_reader.h"

namespace millrace::query {

// Of an answer, endpoints times metrics: each is read by itself.
inline constexpr std::size_t kMaxGrafanaFields = 100;
inline constexpr std::int64_t kMaxGrafanaRows = 10'000;
// Names in a list: more are found by a filter.
inline constexpr std::size_t kMaxGrafanaNames = 1000;
// Numbers in one page: the plugin's client takes messages of 4 MiB.
inline constexpr std::int64_t kMaxGrafanaCells = 100'000;

inline constexpr std::string_view kApplicationDimension = "application";
inline constexpr std::string_view kEndpointDimension = "endpoint";

// One value of a series. Names of series have no dot.
struct GrafanaMetric {
  std::string name;
  std::string series_name;
  std::string value_name;
  bool operator==(const GrafanaMetric&) const = default;
};
GrafanaMetric metric_of(const std::string& name);
std::string metric_name(std::string_view series_name, std::string_view value_name);

struct GrafanaFunctionText {
  aggregation::Function function;
  std::string_view id;
  std::string_view label;
  std::string_view description;
};
// The first one is what is taken where none is chosen.
inline constexpr std::array<GrafanaFunctionText, 11> kGrafanaFunctions = {{
    {aggregation::Function::kAvg, "avg", "Average", "Sum by count"},
    {aggregation::Function::kMin, "min", "Min", "The lowest"},
    {aggregation::Function::kMax, "max", "Max", "The highest"},
    {aggregation::Function::kSum, "sum", "Sum", "The sum"},
    {aggregation::Function::kCount, "count", "Count", "How many points have the value"},
    {aggregation::Function::kFirst, "first", "First", "The first one of the window"},
    {aggregation::Function::kLast, "last", "Last", "The last one of the window"},
    {aggregation::Function::kStddev, "stddev", "Standard deviation",
     "Of a sample: divided by n - 1"},
    {aggregation::Function::kDelta, "delta", "Delta",
     "The last one less that of before the window"},
    {aggregation::Function::kIncrease, "increase", "Increase", "Of a counter that may begin again"},
    {aggregation::Function::kRate, "rate", "Rate", "Increase by the seconds of the window"},
}};
inline constexpr std::string_view kAggregateOption = "aggregate";

// Which application and endpoints a request chose.
struct GrafanaTarget {
  std::string application_name;           // empty: none chosen
  std::vector<std::string> endpoint_ids;  // without repeats
};

struct GrafanaQuery {
  GrafanaTarget target;
  std::vector<GrafanaMetric> metrics;  // without repeats
  time_series::TimeRange range;
  time_series::Direction direction = time_series::Direction::kAscending;
  std::string request_digest;
  // Go on behind all that lies at this time.
  std::optional<time::UnixMicros> behind;
  std::int64_t max_rows = 0;         // of a page of points
  std::chrono::microseconds step{};  // of windows; they begin at its whole multiples since 1970
  aggregation::Function function = aggregation::Function::kAvg;
};

absl::StatusOr<GrafanaTarget> target_of(
    const google::protobuf::RepeatedPtrField<grafanav3::Dimension>& dimensions);
absl::StatusOr<GrafanaTarget> target_of(
    const google::protobuf::RepeatedPtrField<grafana::Dimension>& dimensions);

// The application that `target` names, or the only one that the caller's key is bound to.
absl::StatusOr<std::string> chosen_application(const GrafanaTarget& target,
                                               const rpc::Caller& caller);

absl::StatusOr<GrafanaQuery> check(const grafanav3::GetMetricValueRequest& request);
absl::StatusOr<GrafanaQuery> check(const grafanav3::GetMetricHistoryRequest& request);
absl::StatusOr<GrafanaQuery> check(const grafanav3::GetMetricAggregateRequest& request);
// Exactly one endpoint and one metric.
absl::StatusOr<GrafanaQuery> check(const grafana::GetMetricValueRequest& request);
absl::StatusOr<GrafanaQuery> check(const grafana::GetMetricHistoryRequest& request);
absl::StatusOr<GrafanaQuery> check(const grafana::GetMetricAggregateRequest& request);

}  // namespace millrace::query
