// SPDX-License-Identifier: Apache-2.0
//
// Takes whole partitions of time_series.frame away without making anybody wait: a partition is
// detached concurrently, which waits for those who use the table and blocks nobody behind it, and
// dropped when no one can see it any more. A mark on the table tells one that was being dropped
// when the process died from one that an operator has detached to keep it.
#pragma once

#include <cstdint>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/week.h"

namespace millrace::time_series {

// The weeks whose partitions are attached, ascending.
absl::StatusOr<std::vector<Week>> attached_weeks(postgres::Connection& connection);

// Not inside a transaction, and by one session at a time. kDeadlineExceeded: somebody has used the
// table for longer than the statement timeout, a backup perhaps; finish_drops() goes on with it.
absl::Status drop_partition(postgres::Connection& connection, Week week);

// Brings what an earlier drop_partition() began to its end. Returns how many were dropped.
absl::StatusOr<std::int64_t> finish_drops(postgres::Connection& connection);

}  // namespace millrace::time_series
