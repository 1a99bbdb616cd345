// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/frame_drop.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/time_series/frame_partitions.h"

namespace millrace::time_series {
namespace {

constexpr char kMark[] = "millrace: retention drops this table";

constexpr char kFindAttached[] =
    "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = 'time_series.frame'::regclass AND NOT i.inhdetachpending";

// With the mark: name, whether it is attached, also where it is about to be detached, and whether
// it is that.
constexpr char kFindMarked[] =
    "SELECT c.relname::text, i.inhrelid IS NOT NULL, coalesce(i.inhdetachpending, false)"
    " FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid"
    " WHERE c.relnamespace = 'time_series'::regnamespace AND c.relkind = 'r'"
    " AND c.relname LIKE 'frame\\_p%' AND obj_description(c.oid, 'pg_class') = $1";

// In the table {0}, by endpoint, along its primary key: the endpoints of an application are stored
// before its rows.
constexpr char kHasRowsOfOthers[] =
    "SELECT EXISTS (SELECT FROM time_series.application a"
    " JOIN time_series.endpoint e USING (application_key) CROSS JOIN LATERAL"
    " (SELECT FROM time_series.{0} f WHERE f.endpoint_key = e.endpoint_key LIMIT 1) kept"
    " WHERE a.application_key <> ALL ($1))";

enum class Standing { kAttached, kPending, kDetached };

struct Marked {
  Week week;
  Standing standing = Standing::kAttached;
};

absl::StatusOr<std::vector<Marked>> marked_partitions(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const auto rows,
                            connection.execute(kFindMarked, {postgres::to_param(kMark)}));
  std::vector<Marked> marked;
  for (int row = 0; row < rows.rows(); ++row) {
    const auto week = week_of_partition(rows.text(row, 0));
    if (!week) continue;
    Standing standing = Standing::kDetached;
    if (rows.boolean(row, 1)) {
      standing = rows.boolean(row, 2) ? Standing::kPending : Standing::kAttached;
    }
    marked.push_back({*week, standing});
  }
  std::sort(marked.begin(), marked.end(),
            [](const Marked& a, const Marked& b) { return a.week < b.week; });
  return marked;
}

std::string unmark_statement(Week week) {
  return fmt::format("COMMENT ON TABLE time_series.{} IS NULL", partition_name(week));
}

absl::Status run(postgres::Connection& connection, const char* verb, Week week,
                 const std::string& sql) {
  return error::prefixed(
      fmt::format("cannot {} partition time_series.{}", verb, partition_name(week)),
      connection.execute_script(sql));
}

}  // namespace

absl::StatusOr<std::vector<Week>> attached_weeks(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const auto rows, connection.execute(kFindAttached));
  std::vector<Week> weeks;
  for (int row = 0; row < rows.rows(); ++row) {
    if (const auto week = week_of_partition(rows.text(row, 0))) weeks.push_back(*week);
  }
  std::sort(weeks.begin(), weeks.end());
  return weeks;
}

absl::Status detach_partition(postgres::Connection& connection, Week week) {
  const std::string name = partition_name(week);
  MILLRACE_RETURN_IF_ERROR(
      run(connection, "mark", week,
          fmt::format("COMMENT ON TABLE time_series.{} IS '{}'", name, kMark)));
  // A statement of its own: not possible in a transaction.
  return run(connection, "detach", week,
             fmt::format("ALTER TABLE time_series.frame DETACH PARTITION time_series.{} "
                         "CONCURRENTLY",
                         name));
}

absl::Status resume_detaches(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const auto marked, marked_partitions(connection));
  absl::Status first_failure;
  for (const auto& [week, standing] : marked) {
    if (standing == Standing::kPending) {
      first_failure.Update(
          run(connection, "detach", week,
              fmt::format("ALTER TABLE time_series.frame DETACH PARTITION time_series.{} FINALIZE",
                          partition_name(week))));
    } else if (standing == Standing::kAttached) {
      first_failure.Update(run(connection, "unmark", week, unmark_statement(week)));
    }
  }
  return first_failure;
}

absl::StatusOr<std::vector<Week>> detached_weeks(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const auto marked, marked_partitions(connection));
  std::vector<Week> weeks;
  for (const auto& [week, standing] : marked) {
    if (standing == Standing::kDetached) weeks.push_back(week);
  }
  return weeks;
}

absl::StatusOr<bool> has_rows_of_others(postgres::Connection& connection, Week week,
                                        const std::vector<std::int32_t>& application_keys) {
  MILLRACE_ASSIGN_OR_RETURN(const auto rows,
                            connection.execute(fmt::format(kHasRowsOfOthers, partition_name(week)),
                                               {postgres::to_param(application_keys)}));
  return rows.boolean(0, 0);
}

absl::Status drop_detached(postgres::Connection& connection, Week week) {
  return run(connection, "drop", week,
             fmt::format("DROP TABLE time_series.{}", partition_name(week)));
}

absl::Status attach_again(postgres::Connection& connection, Week week) {
  // One transaction, as all statements of a script. No rows are read: detaching has left a
  // constraint that says what they are.
  return run(connection, "attach", week, attach_statement(week) + ";" + unmark_statement(week));
}

}  // namespace millrace::time_series
