// SPDX-License-Identifier: Apache-2.0
//
// Points of one metric as the Grafana contract has them: one column of times for all endpoints, and
// one field for each endpoint. There are no nulls in it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "grafana/v3/grafana_query_api.pb.h"
#include "lib/time/clock.h"
#include "lib/time_series/range_reader.h"

namespace millrace::query {

enum class GrafanaKind { kNumber, kBoolean, kText };

// The points of one endpoint, in the order of the query, without nulls: `numbers` (booleans as 0
// and 1) or `texts` is as long as `times`. It may have none.
struct GrafanaColumn {
  std::string endpoint_id;
  std::vector<time::UnixMicros> times;
  std::vector<double> numbers;
  std::vector<std::string> texts;
};

struct GrafanaFrame {
  std::string metric;
  std::string series_name;
  std::string value_name;
  GrafanaKind kind = GrafanaKind::kNumber;
  std::string unit;
  // One for each endpoint of the query, on each page: the plugin puts pages together by the names
  // of fields, and a field that was not on the page before would be too short.
  std::vector<GrafanaColumn> columns;
  std::string notice;  // shown to people; empty: none
};

// The time of the last row that may stay where the rows of all columns together are more than
// `max_rows` (at least 1).
std::optional<time::UnixMicros> row_bound(const GrafanaFrame& frame, std::int64_t max_rows,
                                          time_series::Direction direction);

// Drops what lies behind `last` in the direction of reading.
void cut_behind(GrafanaColumn& column, time::UnixMicros last, time_series::Direction direction);

// Drops the strings from the end that are over `max_bytes` in all; whether there were any.
bool cut_strings(GrafanaColumn& column, std::size_t max_bytes);

// What the fields of `frame` have in common, to be set on each.
grafanav3::config config_of(const GrafanaFrame& frame);
// A field of one endpoint is called as the value; of several, with the endpoint's id behind.
std::string field_name(const GrafanaFrame& frame, const std::string& endpoint_id);

// All times at which an endpoint has a point, in the order of the query; where another endpoint has
// none there is NaN or "".
grafanav3::Frame joined(GrafanaFrame frame, const std::string& application_name,
                        time_series::Direction direction);

// One frame for each column that has a point, of its first one: frames of last values are not put
// together, and their times differ.
void add_last(grafanav3::GetMetricValueResponse& response, const GrafanaFrame& frame,
              const std::string& application_name);

}  // namespace millrace::query
