// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/series_catalogue_reader.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace millrace::time_series {
namespace {

ValueType value_type(const postgres::Result& result, int row, int column) {
  return static_cast<ValueType>(result.int2(row, column));
}

// Rows (series_name, value_name, value_type) in order.
std::vector<SeriesDescription> describe(const postgres::Result& result) {
  std::vector<SeriesDescription> series;
  for (int row = 0; row < result.rows(); ++row) {
    if (series.empty() || series.back().name != result.text(row, 0)) {
      series.push_back({std::string(result.text(row, 0)), {}});
    }
    series.back().values.push_back({std::string(result.text(row, 1)), value_type(result, row, 2)});
  }
  return series;
}

// (layout, slot) of one value.
using Places = std::vector<std::pair<std::int32_t, std::int32_t>>;

// Of the values that the endpoint has in some layout; the others are left out.
StoredSeries stored(std::int32_t endpoint_key, const KeyedSeries& series,
                    const std::unordered_map<std::int32_t, Places>& places) {
  StoredSeries result{endpoint_key, series.name, {}, {}, {}};
  std::map<std::int32_t, std::vector<std::int32_t>> slots;
  for (const KeyedValue& value : series.values) {
    const auto found = places.find(value.key);
    if (found == places.end()) continue;
    result.values.push_back(value.description);
    result.value_keys.push_back(value.key);
    for (const auto& [layout_key, slot] : found->second) {
      slots[layout_key].resize(result.values.size(), 0);
      slots[layout_key].back() = slot;
    }
  }
  for (auto& [layout_key, of_layout] : slots) {
    of_layout.resize(result.values.size(), 0);
    result.layouts.push_back({layout_key, std::move(of_layout)});
  }
  return result;
}

}  // namespace

absl::StatusOr<std::vector<SeriesDescription>> list_series(
    postgres::Connection& connection, std::int32_t application_key,
    const std::vector<std::string>& endpoint_ids) {
  static const std::string kOfApplication =
      "SELECT series_name, value_name, value_type FROM time_series.series_value"
      " WHERE application_key = $1"
      " ORDER BY series_name COLLATE \"C\", value_name COLLATE \"C\", value_type";
  static const std::string kOfEndpoints =
      "SELECT v.series_name, v.value_name, v.value_type FROM time_series.series_value v"
      " WHERE v.application_key = $1 AND v.value_key IN ("
      "   SELECT unnest(l.number_keys || l.text_keys) FROM time_series.layout l"
      "   WHERE l.layout_key IN (SELECT x.layout_key FROM time_series.endpoint e"
      "     JOIN time_series.endpoint_layout x USING (endpoint_key)"
      "     WHERE e.application_key = $1 AND e.endpoint_id = ANY($2)))"
      " ORDER BY v.series_name COLLATE \"C\", v.value_name COLLATE \"C\", v.value_type";
  const auto result =
      endpoint_ids.empty()
          ? connection.execute(kOfApplication, {postgres::to_param(application_key)})
          : connection.execute(kOfEndpoints, {postgres::to_param(application_key),
                                              postgres::to_param(endpoint_ids)});
  if (!result.ok()) return explain_failure(result.status());
  return describe(*result);
}

absl::StatusOr<std::vector<KeyedSeries>> read_keys(postgres::Connection& connection,
                                                   std::int32_t application_key,
                                                   const std::vector<std::string>& series_names) {
  static const std::string kSql =
      "SELECT value_key, series_name, value_name, value_type FROM time_series.series_value"
      " WHERE application_key = $1 AND series_name = ANY($2)"
      " ORDER BY series_name COLLATE \"C\", value_name COLLATE \"C\", value_type";
  const auto rows = connection.execute(
      kSql, {postgres::to_param(application_key), postgres::to_param(series_names)});
  if (!rows.ok()) return explain_failure(rows.status());
  std::vector<KeyedSeries> series;
  for (int row = 0; row < rows->rows(); ++row) {
    if (series.empty() || series.back().name != rows->text(row, 1)) {
      series.push_back({std::string(rows->text(row, 1)), {}});
    }
    series.back().values.push_back(
        {rows->int4(row, 0), {std::string(rows->text(row, 2)), value_type(*rows, row, 3)}});
  }
  return series;
}

absl::StatusOr<SeriesFinder> SeriesFinder::open(postgres::Connection& connection,
                                                std::int32_t application_key,
                                                const std::string& endpoint_id,
                                                std::span<const KeyedSeries> series,
                                                std::size_t max_slots) {
  static const std::string kSql =
      "SELECT e.endpoint_key, (SELECT count(*) FROM time_series.endpoint_layout x"
      "   WHERE x.endpoint_key = e.endpoint_key)"
      " FROM time_series.endpoint e WHERE e.application_key = $1 AND e.endpoint_id = $2";
  const auto rows = connection.execute(
      kSql, {postgres::to_param(application_key), postgres::to_param(endpoint_id)});
  if (!rows.ok()) return explain_failure(rows.status());
  SeriesFinder finder(0, 0, series);
  if (rows->rows() == 0) {
    finder.next_ = series.size();
    return finder;
  }
  const auto layouts = std::max<std::int64_t>(rows->int8(0, 1), 1);
  finder.endpoint_key_ = rows->int4(0, 0);
  finder.max_values_ = max_slots / static_cast<std::size_t>(layouts);
  return finder;
}

void SeriesFinder::skip_to(const std::string& name) {
  while (!at_end() && series_[next_].name < name) ++next_;
}

absl::StatusOr<std::vector<StoredSeries>> SeriesFinder::next(postgres::Connection& connection) {
  // OFFSET 0 keeps the arrays from being read out of the row anew for each value.
  static const std::string kSql =
      "SELECT v.value_key, l.layout_key, place.slot FROM ("
      "   SELECT layout_key, number_keys || '{}'::int[] AS number_keys,"
      "     text_keys || '{}'::int[] AS text_keys"
      "   FROM time_series.endpoint_layout x JOIN time_series.layout USING (layout_key)"
      "   WHERE x.endpoint_key = $1 OFFSET 0) AS l"
      " CROSS JOIN unnest($2::int[]) AS v (value_key)"
      " CROSS JOIN LATERAL (SELECT coalesce(array_position(l.number_keys, v.value_key),"
      "   array_position(l.text_keys, v.value_key)) AS slot) AS place"
      " WHERE place.slot IS NOT NULL";
  std::vector<std::int32_t> keys;
  const std::size_t first = next_;
  while (!at_end()) {
    const std::vector<KeyedValue>& values = series_[next_].values;
    if (next_ > first && keys.size() + values.size() > max_values_) break;
    for (const KeyedValue& value : values) keys.push_back(value.key);
    ++next_;
  }
  std::vector<StoredSeries> found;
  if (keys.empty()) return found;
  const auto rows =
      connection.execute(kSql, {postgres::to_param(endpoint_key_), postgres::to_param(keys)});
  if (!rows.ok()) {
    next_ = first;  // the step may be repeated
    return explain_failure(rows.status());
  }
  std::unordered_map<std::int32_t, Places> places;
  for (int row = 0; row < rows->rows(); ++row) {
    places[rows->int4(row, 0)].emplace_back(rows->int4(row, 1), rows->int4(row, 2));
  }
  for (std::size_t i = first; i < next_; ++i) {
    StoredSeries series = stored(endpoint_key_, series_[i], places);
    if (!series.layouts.empty()) found.push_back(std::move(series));
  }
  return found;
}

}  // namespace millrace::time_series
