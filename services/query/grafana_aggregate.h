// SPDX-License-Identifier: Apache-2.0
//
// One value of one series of one endpoint, summed up by windows of time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/aggregation/summary.h"
#include "lib/postgres/connection.h"
#include "lib/time_series/reader.h"
#include "query/grafana_query.h"

namespace millrace::query {

struct WindowedValue {
  std::int32_t application_key = 0;
  std::string endpoint_id;
  std::string series_name;
  std::string value_name;
  time_series::TimeRange range;
  std::chrono::microseconds step{};
  aggregation::Function function = aggregation::Function::kAvg;
};

// Lends a connection for what it is given to run.
using Lend = std::function<absl::Status(const std::function<absl::Status(postgres::Connection&)>&)>;

// A point for each window that has points of the range, at the window's beginning, ascending. Nulls
// are left out; of strings there is only kCount.
absl::StatusOr<std::vector<aggregation::Point>> read_windows(const Lend& lend,
                                                             const WindowedValue& value);

// The number of the window that `time` lies in; it begins at `step` times that number.
std::int64_t window_of(time::UnixMicros time, std::chrono::microseconds step);
time::UnixMicros window_start(std::int64_t window, std::chrono::microseconds step);

}  // namespace millrace::query
