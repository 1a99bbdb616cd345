// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/frame_partitions.h"

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

using std::chrono::weeks;

// Held by whoever makes a partition; waits are as long as one CREATE TABLE.
constexpr char kLock[] =
    "SELECT pg_advisory_xact_lock(hashtextextended('millrace partitions of frame', 0))::text";

// One that is about to be detached (frame_drop.h) takes no rows any more.
constexpr char kIsAttached[] =
    "SELECT 1 FROM pg_inherits WHERE inhparent = 'time_series.frame'::regclass"
    " AND inhrelid = to_regclass('time_series.' || $1) AND NOT inhdetachpending";

// A table that is there under the lock of those who make them was not made by one of them just now.
// It concerns the samples of its week alone, so these are refused and all others go on. Not so in
// make_ahead(): without this week's partition nearly all would be refused.
absl::Status as_refusal(const absl::Status& status) {
  constexpr char kDuplicateTable[] = "42P07";
  if (postgres::sqlstate(status) != kDuplicateTable) return status;
  return absl::InvalidArgumentError(
      error::message(status) +
      "; retention takes it away, or an operator has detached it: replay the samples afterwards");
}

}  // namespace

std::string attach_statement(Week week) {
  return fmt::format(
      "ALTER TABLE time_series.frame ATTACH PARTITION time_series.{}"
      " FOR VALUES FROM ('{} 00:00:00+00') TO ('{} 00:00:00+00')",
      partition_name(week), date_text(week), date_text(week + weeks(1)));
}

absl::Status FramePartitions::make_ahead() {
  const Week week = week_of(platform_.clock.now());
  MILLRACE_RETURN_IF_ERROR(ensure(week));
  return ensure(week + weeks(1));
}

absl::Status FramePartitions::make_for(std::span<const Frame> frames) {
  const Week* before = nullptr;
  for (const Frame& frame : frames) {
    if (before != nullptr && *before == frame.week) continue;
    MILLRACE_RETURN_IF_ERROR(as_refusal(ensure(frame.week)));
    before = &frame.week;
  }
  return absl::OkStatus();
}

absl::Status FramePartitions::ensure(Week week) {
  if (existing_.contains(week)) return absl::OkStatus();
  MILLRACE_ASSIGN_OR_RETURN(const bool attached, is_attached(week));
  if (!attached) MILLRACE_RETURN_IF_ERROR(make(week));
  existing_.insert(week);
  return absl::OkStatus();
}

absl::Status FramePartitions::make(Week week) {
  const std::string name = partition_name(week);
  const std::string what = fmt::format("cannot make partition time_series.{}", name);
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(connection_));
  const auto locked = connection_.execute(kLock);
  if (!locked.ok()) return error::prefixed(what, locked.status());
  MILLRACE_ASSIGN_OR_RETURN(const bool attached, is_attached(week));
  if (attached) return absl::OkStatus();
  absl::Status made = connection_.execute_script(
      fmt::format("CREATE TABLE time_series.{0} (LIKE time_series.frame INCLUDING ALL);"
                  "DO $$ BEGIN PERFORM time_series.watch_frames('time_series.{0}'); END $$;"
                  "{1}",
                  name, attach_statement(week)));
  if (!made.ok()) return error::prefixed(what, made);
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  platform_.log.info("made partition", {{"partition", name}});
  return absl::OkStatus();
}

absl::StatusOr<bool> FramePartitions::is_attached(Week week) {
  MILLRACE_ASSIGN_OR_RETURN(
      const auto rows,
      connection_.execute(kIsAttached, {postgres::to_param(partition_name(week))}));
  return rows.rows() > 0;
}

}  // namespace millrace::time_series
