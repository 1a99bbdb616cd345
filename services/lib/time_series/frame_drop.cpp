// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/frame_drop.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

constexpr char kMark[] = "millrace: retention drops this table";

constexpr char kAttached[] =
    "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = 'time_series.frame'::regclass AND NOT i.inhdetachpending";

constexpr char kBegun[] =
    "SELECT c.relname::text, i.inhrelid IS NOT NULL FROM pg_class c"
    " LEFT JOIN pg_inherits i ON i.inhrelid = c.oid"
    " WHERE c.relnamespace = 'time_series'::regnamespace AND c.relkind = 'r'"
    " AND c.relname LIKE 'frame\\_p%' AND obj_description(c.oid, 'pg_class') = $1"
    " AND (i.inhrelid IS NULL OR i.inhdetachpending)";

absl::Status drop_detached(postgres::Connection& connection, const std::string& name) {
  return connection.execute_script("DROP TABLE time_series." + name);
}

}  // namespace

absl::StatusOr<std::vector<Week>> attached_weeks(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const auto rows, connection.execute(kAttached));
  std::vector<Week> weeks;
  for (int row = 0; row < rows.rows(); ++row) {
    if (const auto week = week_of_partition(rows.text(row, 0))) weeks.push_back(*week);
  }
  std::sort(weeks.begin(), weeks.end());
  return weeks;
}

absl::Status drop_partition(postgres::Connection& connection, Week week) {
  const std::string name = partition_name(week);
  const std::string what = fmt::format("cannot drop partition time_series.{}", name);
  absl::Status status = connection.execute_script(
      fmt::format("COMMENT ON TABLE time_series.{} IS '{}'", name, kMark));
  // A statement of its own: not possible in a transaction.
  if (status.ok()) {
    status = connection.execute_script(fmt::format(
        "ALTER TABLE time_series.frame DETACH PARTITION time_series.{} CONCURRENTLY", name));
  }
  if (status.ok()) status = drop_detached(connection, name);
  return error::prefixed(what, status);
}

absl::StatusOr<std::int64_t> finish_drops(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const auto rows,
                            connection.execute(kBegun, {postgres::to_param(kMark)}));
  std::int64_t dropped = 0;
  for (int row = 0; row < rows.rows(); ++row) {
    const std::string name(rows.text(row, 0));
    if (!week_of_partition(name)) continue;
    if (rows.boolean(row, 1)) {
      MILLRACE_RETURN_IF_ERROR(connection.execute_script(fmt::format(
          "ALTER TABLE time_series.frame DETACH PARTITION time_series.{} FINALIZE", name)));
    }
    MILLRACE_RETURN_IF_ERROR(drop_detached(connection, name));
    ++dropped;
  }
  return dropped;
}

}  // namespace millrace::time_series
