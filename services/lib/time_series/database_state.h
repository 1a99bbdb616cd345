// SPDX-License-Identifier: Apache-2.0
//
// How the PostgreSQL behind the time series is, as any role may see it, and what it had to refuse
// lately. A reader as reader.h says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"

namespace millrace::time_series {

struct DatabaseState {
  std::string version;      // of the server: 15.5
  bool is_replica = false;  // what it says may be a moment old
  std::int64_t bytes = 0;
  std::int64_t connections = 0;      // to all databases of the server
  std::int64_t max_connections = 0;  // for roles like ours
};

absl::StatusOr<DatabaseState> read_database_state(postgres::Connection& connection);

// Rows of rejected_sample, by who and why.
struct RejectionCount {
  std::string application_name;
  std::string endpoint_id;
  std::string reason;
  std::int64_t rows = 0;
};

// Of the last hour, most first, at most `limit`; counted over the newest 100,000 rows.
absl::StatusOr<std::vector<RejectionCount>> read_recent_rejections(postgres::Connection& connection,
                                                                   std::int64_t limit);

}  // namespace millrace::time_series
