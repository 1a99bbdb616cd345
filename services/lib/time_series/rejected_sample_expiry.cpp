// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/rejected_sample_expiry.h"

#include <optional>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

constexpr char kTryLock[] =
    "SELECT pg_try_advisory_xact_lock(hashtextextended('millrace expiry of rejected_sample', 0))";

// Age by PostgreSQL's clock, which also wrote rejected_at.
constexpr char kDelete[] =
    "DELETE FROM time_series.rejected_sample WHERE ctid = ANY (ARRAY("
    " SELECT ctid FROM time_series.rejected_sample WHERE rejected_at < $1"
    " ORDER BY rejected_at LIMIT 1000))";

constexpr char kAgeBound[] = "SELECT now() - $1 * interval '1 millisecond'";

// When the oldest row that may stay was rejected. NULL: there are not that many.
constexpr char kNumberBound[] =
    "SELECT (SELECT rejected_at FROM time_series.rejected_sample ORDER BY rejected_at DESC"
    " OFFSET $1 LIMIT 1)";

absl::StatusOr<std::optional<time::UnixMicros>> bound(postgres::Connection& connection,
                                                      const char* sql, std::int64_t parameter) {
  MILLRACE_ASSIGN_OR_RETURN(const auto rows,
                            connection.execute(sql, {postgres::to_param(parameter)}));
  if (rows.is_null(0, 0)) return std::optional<time::UnixMicros>();
  return std::optional(rows.timestamp(0, 0));
}

// One transaction; 0 rows also where another replica is at it.
absl::StatusOr<std::int64_t> delete_some(postgres::Connection& connection,
                                         time::UnixMicros before) {
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(connection));
  MILLRACE_ASSIGN_OR_RETURN(const auto locked, connection.execute(kTryLock));
  if (!locked.boolean(0, 0)) return 0;
  MILLRACE_ASSIGN_OR_RETURN(const auto deleted,
                            connection.execute(kDelete, {postgres::to_param(before)}));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return deleted.affected_rows();
}

}  // namespace

absl::StatusOr<std::int64_t> expire_rejected_samples(postgres::Connection& connection,
                                                     const RejectedSampleLimits& limits,
                                                     std::stop_token stop) {
  std::int64_t deleted = 0;
  MILLRACE_ASSIGN_OR_RETURN(const auto by_age,
                            bound(connection, kAgeBound, limits.max_age.count()));
  MILLRACE_ASSIGN_OR_RETURN(const auto by_number,
                            bound(connection, kNumberBound, limits.max_rows - 1));
  const auto before = by_number && *by_number > *by_age ? *by_number : *by_age;
  while (!stop.stop_requested()) {
    MILLRACE_ASSIGN_OR_RETURN(const std::int64_t rows, delete_some(connection, before));
    deleted += rows;
    if (rows == 0) break;
  }
  return deleted;
}

}  // namespace millrace::time_series
