// SPDX-License-Identifier: Apache-2.0
//
// When the series of some endpoints begin and end, and about how many points they have: two index
// probes for each pair of endpoint and layout, some thousand of them in a statement, and
// PostgreSQL's own statistics. No frame is counted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/partition_windows.h"

namespace millrace::time_series {

struct ExtentQuery {
  std::int32_t application_key = 0;
  std::vector<std::string> endpoint_ids;
  std::size_t partitions_per_window = kPartitionsPerWindow;
};

// Of all these endpoints together.
struct SeriesExtent {
  std::string series_name;
  time::UnixMicros first;
  time::UnixMicros last;
  std::int64_t estimated_points = 0;
};

// In byte order of name; a series without a point is left out. An explicit null is a point. Memory
// grows with the layouts of the endpoints, some tens of bytes for each pair.
absl::StatusOr<std::vector<SeriesExtent>> read_extents(postgres::Connection& connection,
                                                       const ExtentQuery& query);

}  // namespace millrace::time_series
