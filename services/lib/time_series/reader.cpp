// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/reader.h"

#include "lib/error/error.h"

namespace millrace::time_series {

absl::Status prepare_session(postgres::Connection& connection) {
  // jit: a discouraged sort counts as so expensive that PostgreSQL would compile the statement for
  // 200 ms before it runs for 1.
  static const std::string kSql =
      "SELECT set_config('plan_cache_mode', 'force_custom_plan', false),"
      " set_config('enable_sort', 'off', false), set_config('enable_bitmapscan', 'off', false),"
      " set_config('jit', 'off', false)";
  return explain_failure(connection.execute(kSql).status());
}

absl::Status probe(postgres::Connection& connection) {
  static const std::string kSql =
      "SELECT FROM time_series.application a, time_series.endpoint e, time_series.endpoint_layout "
      "x,"
      " time_series.layout l, time_series.series_value v, time_series.frame f,"
      " time_series.rejected_sample r LIMIT 0";
  return explain_failure(connection.execute(kSql).status());
}

absl::StatusOr<std::optional<std::int32_t>> find_application(postgres::Connection& connection,
                                                             const std::string& name) {
  static const std::string kSql =
      "SELECT application_key FROM time_series.application WHERE name = $1";
  const auto result = connection.execute(kSql, {postgres::to_param(name)});
  if (!result.ok()) return explain_failure(result.status());
  if (result->rows() == 0) return std::nullopt;
  return result->int4(0, 0);
}

absl::Status explain_failure(const absl::Status& failure) {
  const std::string state = postgres::sqlstate(failure);
  if (state == "42P01" || state == "3F000") {
    return absl::UnavailableError(
        "cannot read time series: schema time_series does not exist in the database yet; it is "
        "made when epts first starts with the same database");
  }
  if (state == "42501") {
    return absl::FailedPreconditionError(
        "cannot read time series: the database role may not read schema time_series; make the role "
        "`query` before epts first starts, or GRANT USAGE ON SCHEMA time_series and SELECT ON ALL "
        "TABLES IN SCHEMA time_series to it (" +
        error::message(failure) + ")");
  }
  return failure;
}

}  // namespace millrace::time_series
