// SPDX-License-Identifier: Apache-2.0
//
// When endpoints were last heard, and how many frames of late: from the index of the primary key
// alone, the newest partitions first and older ones only for who was not found yet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/partition_windows.h"

namespace millrace::time_series {

struct ActivityQuery {
  std::int32_t application_key = 0;
  std::vector<std::string> endpoint_ids;  // each once
  TimeRange counted;                      // whose frames are counted
  std::int64_t max_counted = 100'000;     // of one endpoint
  std::size_t partitions_per_window = kPartitionsPerWindow;
};

struct EndpointActivity {
  std::string endpoint_id;
  time::UnixMicros last_time;
  std::int64_t frames = 0;  // in `counted`, at most max_counted
};

// In the order of the query; who has no frame is left out. Runs some statements, each over at most
// 1,000 endpoints, those that count over 100.
absl::StatusOr<std::vector<EndpointActivity>> read_activity(postgres::Connection& connection,
                                                            const ActivityQuery& query);

}  // namespace millrace::time_series
