// SPDX-License-Identifier: Apache-2.0
//
// How far rollups are: the seal, before which changes of frames are marked, and the weeks that have
// been rolled up. Only the one session that holds the lock of the worker changes them
// (rollup_worker.h); anybody may read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/hour.h"
#include "lib/time_series/week.h"

namespace millrace::time_series {

struct RollupWeek {
  Week week;
  std::int64_t partition = 0;  // 0: its rollups are being deleted
  // Hours before this are built, of all endpoints; those from there to next_until of the endpoints
  // up to behind_endpoint.
  Hour done_until;
  Hour next_until;
  std::int32_t behind_endpoint = 0;

  // Until when hours of this endpoint are built.
  Hour built_until(std::int32_t endpoint_key) const {
    return endpoint_key <= behind_endpoint ? next_until : done_until;
  }
};

struct RollupState {
  std::optional<Hour> sealed_until;
  std::optional<time::UnixMicros> voided_at;
  // Somebody has changed frames without saying which.
  bool voided = false;
  std::vector<RollupWeek> weeks;  // the newest first

  // Where its hours end that may be built: that of the week, or the seal.
  Hour end_of(const RollupWeek& week) const;
};

absl::StatusOr<RollupState> read_rollup_state(postgres::Connection& connection);

// Marks that wait, counted up to `most`.
absl::StatusOr<std::int64_t> count_rollup_marks(postgres::Connection& connection,
                                                std::int64_t most);

// Both of these wait for the transactions that write, and keep new ones waiting as long: false
// after `patience`. Not inside a transaction.
absl::StatusOr<bool> move_seal(postgres::Connection& connection, Hour until,
                               std::chrono::milliseconds patience);
// No rollup counts any more and nobody marks; `now` is when.
absl::StatusOr<bool> void_rollups(postgres::Connection& connection, time::UnixMicros now,
                                  std::chrono::milliseconds patience);

// Begins the weeks before the seal whose partitions are attached, and gives up those whose
// partition is not the one they were built from. One that somebody uses is left for later. Goes on
// after a failure, which concerns one partition perhaps, and returns the first.
absl::Status match_rollup_weeks(postgres::Connection& connection, const RollupState& state,
                                std::chrono::milliseconds patience);

// In a transaction: until its end the week's table keeps its name and its rows stay reachable.
// False: it is not the one that the week was begun with, or somebody is taking it away; roll back.
absl::StatusOr<bool> hold_rollup_partition(postgres::Connection& connection, const RollupWeek& week,
                                           std::chrono::milliseconds patience);

absl::Status update_rollup_week(postgres::Connection& connection, const RollupWeek& week);
absl::Status forget_rollup_week(postgres::Connection& connection, Week week);

// Of endpoints behind `behind`, some of the rollups of the week; the last endpoint looked at, 0:
// there are no more.
absl::StatusOr<std::int32_t> delete_rollups(postgres::Connection& connection, Week week,
                                            std::int32_t behind);

// Takes the marks of the endpoint after `behind` that has some, at most `most` of them, joined.
struct TakenMarks {
  std::int32_t endpoint_key = 0;             // 0: there are none
  std::vector<std::pair<Hour, Hour>> hours;  // first and last, ascending, apart
};
absl::StatusOr<TakenMarks> take_rollup_marks(postgres::Connection& connection, std::int32_t behind,
                                             std::int64_t most);

}  // namespace millrace::time_series
