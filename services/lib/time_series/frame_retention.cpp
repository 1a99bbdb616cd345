// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/frame_retention.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/postgres/session_lock.h"
#include "lib/time_series/frame_drop.h"
#include "lib/time_series/rollup_marks.h"

namespace millrace::time_series {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::weeks;

// Samples that are still accepted must never meet a partition that is on its way out: clocks of
// replicas differ, and rules reach them one after another.
constexpr hours kDropDelay{1};

constexpr std::int64_t kRowsPerTransaction = 5000;
constexpr std::int64_t kEndpointsPerStatement = 1000;
// Writers get the rest: after each transaction so many times as long as it took.
constexpr int kPauseFactor = 9;
constexpr milliseconds kShortestPause{5};

// The same rows are looked for again when so much of the application's age has passed.
constexpr int kStepsOfAge = 50;
constexpr milliseconds kLongestStep = std::chrono::days{1};

constexpr char kStored[] =
    "SELECT a.application_key, a.name FROM time_series.application a WHERE EXISTS"
    " (SELECT FROM time_series.endpoint e WHERE e.application_key = a.application_key)";

constexpr char kLock[] = "millrace retention of frame";

// Rows of a table named {0}, of the application's endpoints behind $2, in the order of endpoints:
// how many were deleted, the last endpoint among them, the last endpoint looked at. The rollups of
// what was sealed, before $6, are marked with them.
constexpr char kSweep[] =
    "WITH chosen AS MATERIALIZED (SELECT endpoint_key FROM time_series.endpoint"
    " WHERE application_key = $1 AND endpoint_key > $2 ORDER BY endpoint_key LIMIT $4),"
    " old AS MATERIALIZED (SELECT f.id FROM chosen CROSS JOIN LATERAL"
    " (SELECT p.ctid AS id FROM time_series.{0} p WHERE p.endpoint_key = chosen.endpoint_key"
    " AND p.time < $3 LIMIT $5) f LIMIT $5),"
    " gone AS (DELETE FROM time_series.{0} WHERE ctid = ANY (ARRAY(SELECT id FROM old))"
    " RETURNING endpoint_key, time),"
    " marks AS (INSERT INTO time_series.rollup_mark (endpoint_key, first_hour, last_hour)"
    " SELECT endpoint_key, floor(extract(epoch FROM min(time)) / 3600)::int,"
    " floor(extract(epoch FROM max(time)) / 3600)::int FROM gone WHERE time < $6::timestamptz"
    " GROUP BY endpoint_key)"
    " SELECT count(*), coalesce(max(endpoint_key), 0),"
    " (SELECT coalesce(max(endpoint_key), 0) FROM chosen) FROM gone";

// In one transaction. The answer is that of kSweep.
absl::StatusOr<postgres::Result> sweep_some(postgres::Connection& connection,
                                            const std::string& sql, std::int32_t application_key,
                                            std::int32_t behind, time::UnixMicros until) {
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(connection));
  MILLRACE_ASSIGN_OR_RETURN(const auto seal, begin_marking(connection));
  std::optional<time::UnixMicros> sealed_until;
  if (seal) sealed_until = *seal;
  MILLRACE_ASSIGN_OR_RETURN(
      auto swept,
      connection.execute(
          sql, {postgres::to_param(application_key), postgres::to_param(behind),
                postgres::to_param(until), postgres::to_param(kEndpointsPerStatement),
                postgres::to_param(kRowsPerTransaction), postgres::to_param(sealed_until)}));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return swept;
}

time::UnixMicros end_of(Week week) {
  return time::UnixMicros(week + weeks(1));
}

}  // namespace

struct FrameRetention::Round {
  postgres::Connection& connection;
  const AskRetentions& ask;
  std::stop_token stop;
  Removed& removed;
  time::UnixMicros now;
  std::vector<ApplicationRetention> applications;  // as last asked

  bool ends() const { return stop.stop_requested() || connection.broken(); }
  // Nothing: all of it is kept.
  std::optional<time::UnixMicros> kept_from(const ApplicationRetention& application) const {
    if (!application.age) return std::nullopt;
    return now - *application.age;
  }
  // The keys of those for whom the week is over.
  std::vector<std::int32_t> done_with(Week week) const {
    std::vector<std::int32_t> keys;
    for (const ApplicationRetention& application : applications) {
      const auto from = kept_from(application);
      if (from && end_of(week) + kDropDelay <= *from) keys.push_back(application.application_key);
    }
    return keys;
  }
  bool is_over(Week week) const {
    return !applications.empty() && done_with(week).size() == applications.size();
  }
};

absl::StatusOr<std::vector<StoredApplication>> stored_applications(
    postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const auto rows, connection.execute(kStored));
  std::vector<StoredApplication> applications;
  for (int row = 0; row < rows.rows(); ++row) {
    applications.push_back({rows.int4(row, 0), std::string(rows.text(row, 1))});
  }
  return applications;
}

absl::Status FrameRetention::run(postgres::Connection& connection, time::UnixMicros now,
                                 const AskRetentions& ask, std::stop_token stop, Removed& removed) {
  postgres::SessionLock lock(connection, kLock);
  MILLRACE_ASSIGN_OR_RETURN(const bool is_ours, lock.try_take());
  if (!is_ours) return absl::OkStatus();
  Round round{connection, ask, std::move(stop), removed, now, {}};
  absl::Status first_failure = resume_detaches(connection);
  MILLRACE_ASSIGN_OR_RETURN(std::vector<Week> weeks, attached_weeks(connection));
  MILLRACE_ASSIGN_OR_RETURN(round.applications, ask());
  const auto rest = std::stable_partition(weeks.begin(), weeks.end(),
                                          [&round](Week week) { return round.is_over(week); });
  for (auto week = weeks.begin(); week != rest && !round.ends(); ++week) {
    first_failure.Update(detach_partition(connection, *week));
  }
  if (!round.ends()) first_failure.Update(settle_detached(round));
  for (auto week = rest; week != weeks.end() && !round.ends(); ++week) {
    first_failure.Update(sweep_week(round, *week));
  }
  return first_failure;
}

// What this round has detached, and what an earlier one has left.
absl::Status FrameRetention::settle_detached(Round& round) {
  MILLRACE_ASSIGN_OR_RETURN(const std::vector<Week> weeks, detached_weeks(round.connection));
  if (weeks.empty()) return absl::OkStatus();
  // Nobody writes to them any more. Until they were detached an application may have stored its
  // first points there, or have been given a longer time: writers know of it before we do.
  MILLRACE_ASSIGN_OR_RETURN(round.applications, round.ask());
  absl::Status first_failure;
  for (const Week week : weeks) {
    if (round.ends()) break;
    first_failure.Update(settle(round, week));
  }
  return first_failure;
}

absl::Status FrameRetention::settle(Round& round, Week week) {
  MILLRACE_ASSIGN_OR_RETURN(const bool is_kept,
                            has_rows_of_others(round.connection, week, round.done_with(week)));
  if (is_kept) {
    MILLRACE_RETURN_IF_ERROR(attach_again(round.connection, week));
    platform_.log.info("attached partition again, an application keeps points of it",
                       {{"partition", partition_name(week)}});
    return absl::OkStatus();
  }
  MILLRACE_RETURN_IF_ERROR(drop_detached(round.connection, week));
  ++round.removed.partitions;
  std::erase_if(swept_, [week](const auto& entry) { return entry.first.second == week; });
  platform_.log.info("dropped partition", {{"partition", partition_name(week)}});
  return absl::OkStatus();
}

absl::Status FrameRetention::sweep_week(Round& round, Week week) {
  for (const ApplicationRetention& application : round.applications) {
    MILLRACE_RETURN_IF_ERROR(sweep(round, week, application));
  }
  return absl::OkStatus();
}

bool FrameRetention::is_due(const ApplicationRetention& application, Week week,
                            time::UnixMicros until) const {
  const auto before = swept_.find({application.application_key, week});
  if (before == swept_.end()) return true;
  if (before->second == until) return false;
  return until == end_of(week) ||
         until - before->second >= std::min(*application.age / kStepsOfAge, kLongestStep);
}

absl::Status FrameRetention::sweep(Round& round, Week week,
                                   const ApplicationRetention& application) {
  const auto from = round.kept_from(application);
  if (!from) return absl::OkStatus();
  const time::UnixMicros until = std::min(*from, end_of(week));
  const auto before = swept_.find({application.application_key, week});
  // Kept longer than before: rows may come that were too late then.
  if (before != swept_.end() && until < before->second) swept_.erase(before);
  if (until <= time::UnixMicros(week)) return absl::OkStatus();
  if (!is_due(application, week, until)) return absl::OkStatus();
  const std::string sql = fmt::format(kSweep, partition_name(week));
  std::int32_t behind = 0;
  while (true) {
    const time::Instant begun = platform_.clock.instant();
    MILLRACE_ASSIGN_OR_RETURN(
        const auto swept,
        sweep_some(round.connection, sql, application.application_key, behind, until));
    const std::int64_t rows = swept.int8(0, 0);
    round.removed.frames += rows;
    const std::int32_t last = swept.int4(0, 2);
    if (last == 0) break;
    // The last endpoint may have more.
    behind = rows < kRowsPerTransaction ? last : swept.int4(0, 1) - 1;
    if (!pause_after(round, begun)) return absl::OkStatus();
  }
  swept_[{application.application_key, week}] = until;
  return absl::OkStatus();
}

bool FrameRetention::pause_after(Round& round, time::Instant begun) {
  const auto took = std::chrono::duration_cast<milliseconds>(platform_.clock.instant() - begun);
  return pause_(round.stop, std::max(kShortestPause, took * kPauseFactor));
}

}  // namespace millrace::time_series
