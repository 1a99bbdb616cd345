// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/rejected_reader.h"

#include <limits>

#include <fmt/format.h>

namespace millrace::time_series {
namespace {

// (received_at, seq) is unique but for a stream that was made anew; the endpoint settles that.
constexpr char kColumns[] =
    "SELECT received_at, seq, endpoint_id, app_version_name, reason, detail, partly_stored, sample,"
    " sample_cut, rules_version, correlation_id, path, value, sample_count, content_type,"
    " xmin::text::bigint FROM time_series.rejected_sample"
    " WHERE application_key = $1 AND received_at >= $2 AND received_at <= $3"
    " AND (received_at, seq, endpoint_id COLLATE \"C\") < ($3, $4, $5 COLLATE \"C\")";
constexpr char kOrder[] =
    " ORDER BY received_at DESC, seq DESC, endpoint_id COLLATE \"C\" DESC LIMIT $6";

RejectedSample rejected_sample(const postgres::Result& rows, int row) {
  return {{rows.timestamp(row, 0), rows.int8(row, 1), std::string(rows.text(row, 2))},
          std::string(rows.text(row, 3)),
          std::string(rows.text(row, 4)),
          std::string(rows.text(row, 5)),
          rows.boolean(row, 6),
          std::string(rows.bytea(row, 7)),
          rows.boolean(row, 8),
          rows.int8(row, 9),
          std::string(rows.text(row, 10)),
          std::string(rows.text(row, 11)),
          std::string(rows.bytea(row, 12)),
          rows.int4(row, 13),
          std::string(rows.text(row, 14)),
          rows.int8(row, 15)};
}

}  // namespace

absl::StatusOr<std::vector<RejectedSample>> read_rejected_samples(postgres::Connection& connection,
                                                                  const RejectedQuery& query) {
  // Without a position: behind nothing at the end of the range, which is not included (seq counts
  // from 1).
  const RejectedPosition behind = query.behind.value_or(RejectedPosition{
      query.to.value_or(kLatestTime), std::numeric_limits<std::int64_t>::min(), std::string()});
  std::vector<postgres::Param> params = {postgres::to_param(query.application_key),
                                         postgres::to_param(query.from.value_or(kEarliestTime)),
                                         postgres::to_param(behind.received_at),
                                         postgres::to_param(behind.seq),
                                         postgres::to_param(behind.endpoint_id),
                                         postgres::to_param(query.limit)};
  std::string sql = kColumns;
  const auto narrow = [&](const char* column, const std::string& value) {
    if (value.empty()) return;
    params.push_back(postgres::to_param(value));
    sql += fmt::format(" AND {} = ${}", column, params.size());
  };
  narrow("endpoint_id", query.endpoint_id);
  narrow("reason", query.reason);
  sql += kOrder;
  const auto rows = connection.execute(sql, params);
  if (!rows.ok()) return explain_failure(rows.status());
  std::vector<RejectedSample> samples;
  for (int row = 0; row < rows->rows(); ++row) samples.push_back(rejected_sample(*rows, row));
  return samples;
}

}  // namespace millrace::time_series
