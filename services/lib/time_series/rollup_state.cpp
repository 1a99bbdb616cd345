// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/rollup_state.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

using std::chrono::milliseconds;
using std::chrono::weeks;

constexpr std::int64_t kEndpointsPerDelete = 100;

constexpr char kReadState[] =
    "SELECT sealed_until, voided_at, EXISTS (SELECT FROM time_series.rollup_mark"
    " WHERE endpoint_key = 0) FROM time_series.rollup_state";
constexpr char kReadWeeks[] =
    "SELECT first_hour, partition::int8, done_until, next_until, behind_endpoint"
    " FROM time_series.rollup_week ORDER BY first_hour DESC";

constexpr char kSealLock[] =
    "SELECT pg_advisory_xact_lock(hashtextextended('millrace seal of rollups', 0))::text";

constexpr char kAttached[] =
    "SELECT c.relname::text, c.oid::int8 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = 'time_series.frame'::regclass AND NOT i.inhdetachpending";

constexpr char kDeleteSome[] =
    "WITH chosen AS MATERIALIZED (SELECT endpoint_key FROM time_series.endpoint"
    " WHERE endpoint_key > $1 ORDER BY endpoint_key LIMIT $4),"
    " gone AS (DELETE FROM time_series.rollup r USING chosen"
    "   WHERE r.endpoint_key = chosen.endpoint_key AND r.hour >= $2 AND r.hour < $3)"
    " SELECT coalesce(max(endpoint_key), 0) FROM chosen";

constexpr char kFindMarked[] =
    "SELECT endpoint_key FROM time_series.rollup_mark WHERE endpoint_key > $1"
    " ORDER BY endpoint_key LIMIT 1";
// What it deletes was committed before it began, so what is read afterwards has the changes.
constexpr char kTakeMarks[] =
    "DELETE FROM time_series.rollup_mark WHERE ctid = ANY (ARRAY("
    "   SELECT ctid FROM time_series.rollup_mark WHERE endpoint_key = $1"
    "   ORDER BY first_hour LIMIT $2)) RETURNING first_hour, last_hour";

Week week_of_number(std::int32_t first_hour) {
  return std::chrono::floor<std::chrono::days>(hour_of_number(first_hour));
}

// A transaction that gives up waiting for a lock after a time.
absl::StatusOr<postgres::Transaction> begin_patient(postgres::Connection& connection,
                                                    milliseconds patience) {
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(connection));
  MILLRACE_RETURN_IF_ERROR(
      connection.execute_script(fmt::format("SET LOCAL lock_timeout = {}", patience.count())));
  return transaction;
}

bool gave_up_waiting(const absl::Status& status) {
  return postgres::sqlstate(status) == "55P03";
}

// Alone with the seal, `change` is done.
absl::StatusOr<bool> change_seal(postgres::Connection& connection, milliseconds patience,
                                 const std::string& change,
                                 const std::vector<postgres::Param>& params) {
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, begin_patient(connection, patience));
  const absl::Status locked = connection.execute(kSealLock).status();
  if (gave_up_waiting(locked)) return false;
  MILLRACE_RETURN_IF_ERROR(locked);
  MILLRACE_RETURN_IF_ERROR(connection.execute(change, params).status());
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return true;
}

absl::StatusOr<std::map<Week, std::int64_t>> attached_partitions(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const auto rows, connection.execute(kAttached));
  std::map<Week, std::int64_t> partitions;
  for (int row = 0; row < rows.rows(); ++row) {
    if (const auto week = week_of_partition(rows.text(row, 0))) {
      partitions.emplace(*week, rows.int8(row, 1));
    }
  }
  return partitions;
}

// Not begun, without a failure, where somebody uses the partition.
absl::Status begin_week(postgres::Connection& connection, Week week, std::int64_t partition,
                        milliseconds patience) {
  static const std::string kWatch = "SELECT time_series.watch_frames($1::oid::regclass)::text";
  static const std::string kInsert =
      "INSERT INTO time_series.rollup_week (first_hour, partition, done_until, next_until)"
      " VALUES ($1, $2::oid, $1, $1)";
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, begin_patient(connection, patience));
  // An earlier version of epts may have made it.
  const absl::Status watched = connection.execute(kWatch, {postgres::to_param(partition)}).status();
  if (gave_up_waiting(watched)) return absl::OkStatus();
  MILLRACE_RETURN_IF_ERROR(watched);
  MILLRACE_RETURN_IF_ERROR(connection
                               .execute(kInsert, {postgres::to_param(hour_number(Hour(week))),
                                                  postgres::to_param(partition)})
                               .status());
  return transaction.commit();
}

absl::Status give_up_week(postgres::Connection& connection, RollupWeek week) {
  week.partition = 0;
  week.behind_endpoint = 0;
  return update_rollup_week(connection, week);
}

}  // namespace

Hour RollupState::end_of(const RollupWeek& week) const {
  const Hour end(week.week + std::chrono::weeks(1));
  return sealed_until ? std::min(*sealed_until, end) : Hour(week.week);
}

absl::StatusOr<RollupState> read_rollup_state(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const auto state, connection.execute(kReadState));
  MILLRACE_ASSIGN_OR_RETURN(const auto weeks, connection.execute(kReadWeeks));
  RollupState read;
  if (state.rows() > 0) {
    if (!state.is_null(0, 0)) read.sealed_until = hour_of_number(state.int4(0, 0));
    if (!state.is_null(0, 1)) read.voided_at = state.timestamp(0, 1);
    read.voided = state.boolean(0, 2);
  }
  for (int row = 0; row < weeks.rows(); ++row) {
    read.weeks.push_back({week_of_number(weeks.int4(row, 0)), weeks.int8(row, 1),
                          hour_of_number(weeks.int4(row, 2)), hour_of_number(weeks.int4(row, 3)),
                          weeks.int4(row, 4)});
  }
  return read;
}

absl::StatusOr<std::int64_t> count_rollup_marks(postgres::Connection& connection,
                                                std::int64_t most) {
  static const std::string kSql =
      "SELECT count(*) FROM (SELECT FROM time_series.rollup_mark LIMIT $1) AS few";
  MILLRACE_ASSIGN_OR_RETURN(const auto rows, connection.execute(kSql, {postgres::to_param(most)}));
  return rows.int8(0, 0);
}

absl::StatusOr<bool> move_seal(postgres::Connection& connection, Hour until,
                               milliseconds patience) {
  return change_seal(connection, patience,
                     "INSERT INTO time_series.rollup_state (sealed_until) VALUES ($1)"
                     " ON CONFLICT (one) DO UPDATE SET sealed_until = excluded.sealed_until",
                     {postgres::to_param(hour_number(until))});
}

absl::StatusOr<bool> void_rollups(postgres::Connection& connection, time::UnixMicros now,
                                  milliseconds patience) {
  // No writer is at work: there are no marks but these.
  return change_seal(
      connection, patience,
      "WITH weeks AS (UPDATE time_series.rollup_week SET partition = 0, behind_endpoint = 0"
      "   WHERE partition <> 0), marks AS (DELETE FROM time_series.rollup_mark)"
      " UPDATE time_series.rollup_state SET sealed_until = NULL, voided_at = $1",
      {postgres::to_param(now)});
}

absl::Status match_rollup_weeks(postgres::Connection& connection, const RollupState& state,
                                milliseconds patience) {
  MILLRACE_ASSIGN_OR_RETURN(auto attached, attached_partitions(connection));
  for (const RollupWeek& week : state.weeks) {
    const auto partition = attached.find(week.week);
    const bool is_same = partition != attached.end() && partition->second == week.partition;
    if (!is_same && week.partition != 0) MILLRACE_RETURN_IF_ERROR(give_up_week(connection, week));
    if (partition != attached.end()) attached.erase(partition);
  }
  absl::Status first_failure;
  for (const auto& [week, partition] : attached) {
    if (!state.sealed_until || Hour(week) >= *state.sealed_until) continue;
    first_failure.Update(
        error::prefixed(fmt::format("cannot roll up time_series.{}", partition_name(week)),
                        begin_week(connection, week, partition, patience)));
  }
  return first_failure;
}

absl::StatusOr<bool> hold_rollup_partition(postgres::Connection& connection, const RollupWeek& week,
                                           milliseconds patience) {
  const std::string name = fmt::format("time_series.{}", partition_name(week.week));
  const absl::Status locked = connection.execute_script(fmt::format(
      "SET LOCAL lock_timeout = {}; LOCK TABLE {} IN ACCESS SHARE MODE", patience.count(), name));
  constexpr char kNoSuchTable[] = "42P01";
  if (gave_up_waiting(locked) || postgres::sqlstate(locked) == kNoSuchTable) return false;
  MILLRACE_RETURN_IF_ERROR(locked);
  MILLRACE_ASSIGN_OR_RETURN(const auto found, connection.execute("SELECT $1::regclass::oid::int8",
                                                                 {postgres::to_param(name)}));
  return found.int8(0, 0) == week.partition;
}

absl::Status update_rollup_week(postgres::Connection& connection, const RollupWeek& week) {
  static const std::string kSql =
      "UPDATE time_series.rollup_week SET partition = $2::oid, done_until = $3, next_until = $4,"
      " behind_endpoint = $5 WHERE first_hour = $1";
  return connection
      .execute(kSql, {postgres::to_param(hour_number(Hour(week.week))),
                      postgres::to_param(week.partition),
                      postgres::to_param(hour_number(week.done_until)),
                      postgres::to_param(hour_number(week.next_until)),
                      postgres::to_param(week.behind_endpoint)})
      .status();
}

absl::Status forget_rollup_week(postgres::Connection& connection, Week week) {
  static const std::string kSql = "DELETE FROM time_series.rollup_week WHERE first_hour = $1";
  return connection.execute(kSql, {postgres::to_param(hour_number(Hour(week)))}).status();
}

absl::StatusOr<std::int32_t> delete_rollups(postgres::Connection& connection, Week week,
                                            std::int32_t behind) {
  MILLRACE_ASSIGN_OR_RETURN(
      const auto rows,
      connection.execute(kDeleteSome,
                         {postgres::to_param(behind), postgres::to_param(hour_number(Hour(week))),
                          postgres::to_param(hour_number(Hour(week + weeks(1)))),
                          postgres::to_param(kEndpointsPerDelete)}));
  return rows.int4(0, 0);
}

absl::StatusOr<TakenMarks> take_rollup_marks(postgres::Connection& connection, std::int32_t behind,
                                             std::int64_t most) {
  MILLRACE_ASSIGN_OR_RETURN(const auto found,
                            connection.execute(kFindMarked, {postgres::to_param(behind)}));
  TakenMarks taken;
  if (found.rows() == 0) return taken;
  taken.endpoint_key = found.int4(0, 0);
  MILLRACE_ASSIGN_OR_RETURN(const auto rows,
                            connection.execute(kTakeMarks, {postgres::to_param(taken.endpoint_key),
                                                            postgres::to_param(most)}));
  std::vector<std::pair<Hour, Hour>> marks;
  for (int row = 0; row < rows.rows(); ++row) {
    marks.emplace_back(hour_of_number(rows.int4(row, 0)), hour_of_number(rows.int4(row, 1)));
  }
  std::sort(marks.begin(), marks.end());
  for (const auto& [first, last] : marks) {
    if (!taken.hours.empty() && first <= taken.hours.back().second + std::chrono::hours{1}) {
      taken.hours.back().second = std::max(taken.hours.back().second, last);
    } else {
      taken.hours.emplace_back(first, last);
    }
  }
  return taken;
}

}  // namespace millrace::time_series
