// SPDX-License-Identifier: Apache-2.0
//
// What a request for aggregates may say, and what it means. Every refusal is kInvalidArgument whose
// message begins with the field's name. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/aggregation/fill.h"
#include "lib/aggregation/function.h"
#include "lib/aggregation/windows.h"
#include "lib/time_series/reader.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

inline constexpr std::int64_t kMaxWindows = 1'000'000;
// Across endpoints the windows of a value are in memory until the last endpoint was read.
inline constexpr std::int64_t kMaxWindowsAcross = 100'000;
inline constexpr int kMaxAggregations = 20;

// Behind which row of an answer to go on.
struct AggregatePosition {
  std::size_t endpoint = 0;  // index into endpoint_ids; 0 across endpoints
  std::string series_name;
  time_series::ValueDescription value;
  // Of the row that was given last, and from where points are needed to go on behind it.
  time::UnixMicros window_start;
  time::UnixMicros reread_from;
  bool operator==(const AggregatePosition&) const = default;
};

struct AggregateQuery {
  std::string application_name;
  // Without repeats; across endpoints in byte order.
  std::vector<std::string> endpoint_ids;
  std::vector<std::string> series_names;
  // Empty: all.
  std::vector<std::string> value_names;
  aggregation::Span range;
  aggregation::WindowRule rule;
  absl::TimeZone zone;
  std::vector<aggregation::Aggregation> aggregations;
  aggregation::Fill fill = aggregation::Fill::kNone;
  bool across_endpoints = false;
  std::optional<std::int64_t> limit;
  std::string request_digest;
  std::optional<AggregatePosition> behind;
};

absl::StatusOr<AggregateQuery> check(const v1::AggregateRequest& request);

}  // namespace millrace::query
