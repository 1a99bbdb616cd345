// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/database_state.h"

#include "lib/time_series/reader.h"

namespace millrace::time_series {
namespace {

constexpr char kState[] =
    "SELECT split_part(current_setting('server_version'), ' ', 1), pg_is_in_recovery(),"
    " pg_database_size(current_database()),"
    " (SELECT coalesce(sum(numbackends), 0)::bigint FROM pg_stat_database),"
    " current_setting('max_connections')::bigint"
    "   - current_setting('superuser_reserved_connections')::bigint";

constexpr char kRejections[] =
    "SELECT a.name, r.endpoint_id, r.reason, count(*) FROM ("
    "  SELECT application_key, endpoint_id, reason FROM time_series.rejected_sample"
    "  WHERE rejected_at > now() - interval '1 hour' ORDER BY rejected_at DESC LIMIT 100000) AS r"
    " JOIN time_series.application a USING (application_key)"
    " GROUP BY a.name, r.endpoint_id, r.reason ORDER BY count(*) DESC, 1, 2, 3 LIMIT $1";

}  // namespace

absl::StatusOr<DatabaseState> read_database_state(postgres::Connection& connection) {
  const auto rows = connection.execute(kState);
  if (!rows.ok()) return explain_failure(rows.status());
  DatabaseState state;
  state.version = rows->text(0, 0);
  state.is_replica = rows->boolean(0, 1);
  state.bytes = rows->int8(0, 2);
  state.connections = rows->int8(0, 3);
  state.max_connections = rows->int8(0, 4);
  return state;
}

absl::StatusOr<std::vector<RejectionCount>> read_recent_rejections(postgres::Connection& connection,
                                                                   std::int64_t limit) {
  const auto rows = connection.execute(kRejections, {postgres::to_param(limit)});
  if (!rows.ok()) return explain_failure(rows.status());
  std::vector<RejectionCount> counts;
  for (int row = 0; row < rows->rows(); ++row) {
    counts.push_back({std::string(rows->text(row, 0)), std::string(rows->text(row, 1)),
                      std::string(rows->text(row, 2)), rows->int8(row, 3)});
  }
  return counts;
}

}  // namespace millrace::time_series
