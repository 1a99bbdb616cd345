// SPDX-License-Identifier: Apache-2.0
//
// Keeps time_series.rejected_sample within its age and its number of rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"

namespace millrace::time_series {

struct RejectedSampleLimits {
  std::chrono::milliseconds max_age = std::chrono::days{30};
  std::int64_t max_rows = 1'000'000;
};

// Deletes what is too old, then the oldest beyond the number, a thousand rows a transaction; ends
// early on `stop`. One replica at a time does it: another one meanwhile does nothing and returns 0.
// Returns the rows deleted.
absl::StatusOr<std::int64_t> expire_rejected_samples(postgres::Connection& connection,
                                                     const RejectedSampleLimits& limits,
                                                     std::stop_token stop);

}  // namespace millrace::time_series
