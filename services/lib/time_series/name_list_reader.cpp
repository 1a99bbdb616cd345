// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/name_list_reader.h"

#include "lib/time_series/reader.h"

namespace millrace::time_series {
namespace {

// An empty list of names stands for all.
constexpr char kApplications[] =
    "SELECT a.name FROM time_series.application a"
    " WHERE (cardinality($1::text[]) = 0 OR a.name = ANY($1))"
    "   AND strpos(lower(a.name), lower($2)) > 0"
    " ORDER BY a.name LIMIT $3";

// Application by application, so that each is read in the order of its index and no further than
// the limit.
constexpr char kEndpoints[] =
    "SELECT e.endpoint_id FROM time_series.application a"
    " CROSS JOIN LATERAL (SELECT e.endpoint_id FROM time_series.endpoint e"
    "   WHERE e.application_key = a.application_key"
    "     AND strpos(lower(e.endpoint_id), lower($2)) > 0"
    "   ORDER BY e.endpoint_id LIMIT $3) AS e"
    " WHERE (cardinality($1::text[]) = 0 OR a.name = ANY($1))"
    " GROUP BY e.endpoint_id ORDER BY e.endpoint_id LIMIT $3";

absl::StatusOr<std::vector<std::string>> names(postgres::Connection& connection, const char* sql,
                                               const NameQuery& query) {
  const auto rows =
      connection.execute(sql, {postgres::to_param(query.application_names),
                               postgres::to_param(query.filter), postgres::to_param(query.limit)});
  if (!rows.ok()) return explain_failure(rows.status());
  std::vector<std::string> found;
  for (int row = 0; row < rows->rows(); ++row) found.emplace_back(rows->text(row, 0));
  return found;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> list_application_names(postgres::Connection& connection,
                                                                const NameQuery& query) {
  return names(connection, kApplications, query);
}

absl::StatusOr<std::vector<std::string>> list_endpoint_ids(postgres::Connection& connection,
                                                           const NameQuery& query) {
  return names(connection, kEndpoints, query);
}

}  // namespace millrace::time_series
