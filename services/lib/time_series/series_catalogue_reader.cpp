// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/series_catalogue_reader.h"

#include <algorithm>
#include <map>

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

// Rows of one series in order of (value_name, value_type, layout_key) gathered into slots.
class SlotTable {
 public:
  void add(const ValueDescription& value, std::int32_t layout_key, std::int32_t slot) {
    if (values_.empty() || values_.back() != value) values_.push_back(value);
    slots_[layout_key].resize(values_.size(), 0);
    slots_[layout_key].back() = slot;
  }

  void move_into(StoredSeries& series) {
    for (auto& [layout_key, slots] : slots_) {
      slots.resize(values_.size(), 0);
      series.layouts.push_back({layout_key, std::move(slots)});
    }
    series.values = std::move(values_);
    values_.clear();
    slots_.clear();
  }

 private:
  std::vector<ValueDescription> values_;
  std::map<std::int32_t, std::vector<std::int32_t>> slots_;
};

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

absl::StatusOr<std::vector<StoredSeries>> find_series(
    postgres::Connection& connection, std::int32_t application_key, const std::string& endpoint_id,
    const std::vector<std::string>& series_names) {
  static const std::string kSql =
      "SELECT e.endpoint_key, v.series_name, v.value_name, v.value_type, l.layout_key,"
      "   k.slot::int4"
      " FROM time_series.endpoint e"
      " JOIN time_series.endpoint_layout x USING (endpoint_key)"
      " JOIN time_series.layout l USING (layout_key)"
      " CROSS JOIN LATERAL (SELECT * FROM unnest(l.number_keys) WITH ORDINALITY AS n(key, slot)"
      "   UNION ALL SELECT * FROM unnest(l.text_keys) WITH ORDINALITY AS t(key, slot)) AS k"
      " JOIN time_series.series_value v ON v.value_key = k.key"
      " WHERE e.application_key = $1 AND e.endpoint_id = $2 AND v.series_name = ANY($3)"
      " ORDER BY v.series_name COLLATE \"C\", v.value_name COLLATE \"C\", v.value_type,"
      "   l.layout_key";
  const auto result =
      connection.execute(kSql, {postgres::to_param(application_key),
                                postgres::to_param(endpoint_id), postgres::to_param(series_names)});
  if (!result.ok()) return explain_failure(result.status());
  std::vector<StoredSeries> series;
  SlotTable table;
  for (int row = 0; row < result->rows(); ++row) {
    if (series.empty() || series.back().name != result->text(row, 1)) {
      if (!series.empty()) table.move_into(series.back());
      series.push_back({result->int4(row, 0), std::string(result->text(row, 1)), {}, {}});
    }
    table.add({std::string(result->text(row, 2)), value_type(*result, row, 3)},
              result->int4(row, 4), result->int4(row, 5));
  }
  if (!series.empty()) table.move_into(series.back());
  return series;
}

}  // namespace millrace::time_series
