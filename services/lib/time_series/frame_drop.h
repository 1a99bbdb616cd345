// SPDX-License-Identifier: Apache-2.0
//
// Takes whole partitions of time_series.frame away without making anybody wait, in two steps. A
// partition is detached concurrently, which waits for those who use the table and blocks nobody
// behind it. Then nobody can write to it any more, so the caller can find out whether there are
// rows that somebody keeps, and either drops it or attaches it again. A mark on the table tells one
// that was being dropped when the process died from one that an operator has detached to keep it.
// By one session at a time, and not inside a transaction.
#pragma once

#include <cstdint>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/week.h"

namespace millrace::time_series {

// The weeks whose partitions are attached, ascending.
absl::StatusOr<std::vector<Week>> attached_weeks(postgres::Connection& connection);

// kDeadlineExceeded: somebody has used the table for longer than the statement timeout, a backup
// perhaps; resume_detaches() goes on with it. PostgreSQL refuses others until then.
absl::Status detach_partition(postgres::Connection& connection, Week week);

// Brings what detach_partition() began, and did not end, to its end, and takes the mark from those
// that it did not begin to detach. Goes on after a failure and returns the first.
absl::Status resume_detaches(postgres::Connection& connection);

// The weeks that detach_partition() has detached, ascending.
absl::StatusOr<std::vector<Week>> detached_weeks(postgres::Connection& connection);

// Whether a detached week has rows of an application other than these.
absl::StatusOr<bool> has_rows_of_others(postgres::Connection& connection, Week week,
                                        const std::vector<std::int32_t>& application_keys);

absl::Status drop_detached(postgres::Connection& connection, Week week);
absl::Status attach_again(postgres::Connection& connection, Week week);

}  // namespace millrace::time_series
