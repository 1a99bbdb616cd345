// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/series_catalogue.h"

#include <algorithm>
#include <utility>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

// First key of our advisory locks of one application ("mrts"); migrations and partitions lock with
// one 64-bit key, which PostgreSQL keeps apart.
constexpr std::int32_t kApplicationLock = 0x6D727473;

std::string shape_text(const postgres::Result& row, int at) {
  std::string text;
  append_value_name(text, static_cast<ValueType>(row.int2(at, 1)), row.text(at, 2), {},
                    row.text(at, 3));
  return text;
}

void remember(Application& application, const postgres::Result& rows) {
  for (int row = 0; row < rows.rows(); ++row) {
    application.value_keys.insert_or_assign(shape_text(rows, row), rows.int4(row, 0));
  }
}

}  // namespace

absl::Status lock_application(postgres::Connection& connection, std::int32_t application_key) {
  return connection
      .execute("SELECT pg_advisory_xact_lock($1, $2)::text",
               {postgres::to_param(kApplicationLock), postgres::to_param(application_key)})
      .status();
}

absl::StatusOr<Application*> SeriesCatalogue::application(std::string_view name) {
  if (Application* known = applications_.find(name)) return known;
  Application loaded;
  MILLRACE_ASSIGN_OR_RETURN(loaded.key, application_key(std::string(name)));
  MILLRACE_RETURN_IF_ERROR(load_values(loaded));
  const std::size_t weight = 1 + loaded.value_keys.size();
  return &applications_.insert(std::string(name), std::move(loaded), weight);
}

// Read first: an INSERT that meets an existing row would use up a number of the identity column.
absl::StatusOr<std::int32_t> SeriesCatalogue::application_key(const std::string& name) {
  static const std::string kSelect =
      "SELECT application_key FROM time_series.application WHERE name = $1";
  MILLRACE_ASSIGN_OR_RETURN(const auto found,
                            connection_.execute(kSelect, {postgres::to_param(name)}));
  if (found.rows() > 0) return found.int4(0, 0);
  const auto inserted = connection_.execute(
      "INSERT INTO time_series.application (name) VALUES ($1) ON CONFLICT (name) DO NOTHING",
      {postgres::to_param(name)});
  if (!inserted.ok()) return inserted.status();
  MILLRACE_ASSIGN_OR_RETURN(const auto made,
                            connection_.execute(kSelect, {postgres::to_param(name)}));
  if (made.rows() == 0) {
    return absl::InternalError("cannot find application \"" + name + "\" right after making it");
  }
  return made.int4(0, 0);
}

absl::Status SeriesCatalogue::load_values(Application& application) {
  MILLRACE_ASSIGN_OR_RETURN(
      const auto rows,
      connection_.execute("SELECT value_key, value_type, series_name, value_name"
                          " FROM time_series.series_value WHERE application_key = $1",
                          {postgres::to_param(application.key)}));
  remember(application, rows);
  application.series_full = application.value_keys.size() >= max_values_;
  return absl::OkStatus();
}

absl::Status SeriesCatalogue::make_values(Application& application,
                                          std::span<const std::string_view> shape_names) {
  if (application.series_full || shape_names.empty()) return absl::OkStatus();
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(connection_));
  MILLRACE_RETURN_IF_ERROR(lock_application(connection_, application.key));
  // Other replicas may have made some since, and the bound counts theirs too.
  MILLRACE_RETURN_IF_ERROR(load_values(application));
  Application grown;
  std::vector<std::string_view> missing;
  for (const std::string_view name : shape_names) {
    if (application.value_keys.size() + missing.size() >= max_values_) break;
    if (!application.value_keys.contains(name)) missing.push_back(name);
  }
  grown.key = application.key;
  MILLRACE_RETURN_IF_ERROR(insert_values(grown, missing));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  application.value_keys.merge(grown.value_keys);
  application.series_full = application.value_keys.size() >= max_values_;
  return absl::OkStatus();
}

absl::Status SeriesCatalogue::insert_values(Application& application,
                                            std::span<const std::string_view> shape_names) {
  if (shape_names.empty()) return absl::OkStatus();
  std::vector<std::string> series;
  std::vector<std::string> values;
  std::vector<std::int32_t> types;
  for (const std::string_view text : shape_names) {
    const ValueName name = value_names(text).front();
    series.emplace_back(name.series);
    values.emplace_back(name.value);
    types.push_back(static_cast<std::int32_t>(name.type));
  }
  MILLRACE_ASSIGN_OR_RETURN(
      const auto rows,
      connection_.execute("INSERT INTO time_series.series_value"
                          " (application_key, value_type, series_name, value_name)"
                          " SELECT $1, t::smallint, s, v FROM unnest($2, $3, $4) AS x (t, s, v)"
                          " RETURNING value_key, value_type, series_name, value_name",
                          {postgres::to_param(application.key), postgres::to_param(types),
                           postgres::to_param(series), postgres::to_param(values)}));
  remember(application, rows);
  return absl::OkStatus();
}

}  // namespace millrace::time_series
