// SPDX-License-Identifier: Apache-2.0
//
// The newest point of each series of many endpoints: a few index probes an endpoint, some thousand
// of them in one statement, in the newest partitions first and in older ones only for what was not
// found yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/partition_windows.h"
#include "lib/time_series/point_merger.h"
#include "lib/time_series/reader.h"

namespace millrace::time_series {

struct LastPointsQuery {
  std::int32_t application_key = 0;
  std::vector<std::string> endpoint_ids;  // empty: all endpoints of the application
  std::vector<std::string> series_names;  // empty: all series
  std::optional<time::UnixMicros> before;
  std::size_t limit = 10'000;  // points; at least 1
  // Strings in the whole answer; more is kResourceExhausted.
  std::size_t max_text_bytes = std::size_t{32} << 20;
  std::size_t partitions_per_window = kPartitionsPerWindow;
};

struct NamedFrameValue {
  ValueDescription description;
  FrameValue value;
};

struct LastPoint {
  std::string endpoint_id;
  std::string series_name;
  time::UnixMicros time;
  std::vector<NamedFrameValue> values;  // those the point has, in byte order of name
};

// In byte order of endpoint id, then of series name. Where the limit cuts, the endpoints that come
// first in the database's own order are kept.
absl::StatusOr<std::vector<LastPoint>> read_last_points(postgres::Connection& connection,
                                                        const LastPointsQuery& query);

}  // namespace millrace::time_series
