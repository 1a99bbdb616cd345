// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/writes_reader.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "lib/error/error.h"
#include "lib/postgres/copy_buffer.h"

namespace millrace::time_series {
namespace {

constexpr std::int64_t kMinRows = 16;
// More of them are forgotten and read anew: an application may have 10,000.
constexpr std::size_t kMaxLayouts = 1000;

constexpr char kEndpointsOfApplication[] =
    "SELECT endpoint_key, endpoint_id FROM time_series.endpoint"
    " WHERE application_key = $1 AND endpoint_key >= $2 ORDER BY endpoint_key LIMIT $3";
constexpr char kNamedEndpoints[] =
    "SELECT endpoint_key, endpoint_id FROM time_series.endpoint WHERE application_key = $1"
    " AND endpoint_key >= $2 AND endpoint_id = ANY ($4) ORDER BY endpoint_key LIMIT $3";

constexpr char kLayouts[] =
    "SELECT l.layout_key, v.series_name, v.value_name, v.value_type,"
    " k.place - CASE WHEN v.value_type = 2 THEN cardinality(l.number_keys) ELSE 0 END"
    " FROM time_series.layout l"
    " CROSS JOIN LATERAL unnest(l.number_keys || l.text_keys) WITH ORDINALITY"
    "   AS k (value_key, place)"
    " JOIN time_series.series_value v ON v.value_key = k.value_key"
    " WHERE l.layout_key = ANY ($1)";

// One range of the primary key for each endpoint, in their order, and no further than the page is
// full. The first endpoint goes on at $7.
constexpr char kRows[] =
    "SELECT e.place, f.time, f.seq, f.layout_key, f.numbers, f.texts"
    " FROM unnest($1::int[]) WITH ORDINALITY AS e (endpoint_key, place)"
    " CROSS JOIN LATERAL (SELECT r.time, r.seq, r.layout_key, r.numbers, r.texts"
    "   FROM time_series.frame r WHERE r.endpoint_key = e.endpoint_key"
    "   AND r.time >= $2 AND r.time < $3 AND r.seq >= $4"
    "   AND r.time >= CASE WHEN e.endpoint_key = $6 THEN $7 ELSE $2 END"
    "   ORDER BY r.time, r.layout_key LIMIT $5) AS f LIMIT $5";

constexpr int kPlace = 0;
constexpr int kTime = 1;
constexpr int kSeq = 2;
constexpr int kLayout = 3;
constexpr int kNumbers = 4;
constexpr int kTexts = 5;

}  // namespace

// The rows of one instant of one endpoint, and the points they make.
struct WritesReader::Group {
  std::int64_t place = 0;  // of the endpoint, from 1
  time::UnixMicros time;
  std::map<std::string, WrittenPoint> points;  // by series
  std::size_t bytes = 0;
};

WritesReader::WritesReader(WritesQuery query, WritesLimits limits)
    : query_(std::move(query)), limits_(limits), behind_(query_.behind) {}

absl::StatusOr<WritesPage> WritesReader::next(postgres::Connection& connection) {
  if (!partitions_) {
    MILLRACE_ASSIGN_OR_RETURN(partitions_, read_partitions(connection));
    windows_ =
        split_into_windows(*partitions_, {query_.from, kLatestTime}, limits_.partitions_per_window);
  }
  WritesPage page;
  if (windows_.empty()) {
    page.at_end = true;
    return page;
  }
  if (endpoints_.empty()) {
    MILLRACE_RETURN_IF_ERROR(find_endpoints(connection));
    if (endpoints_.empty()) {
      page.at_end = true;
      return page;
    }
  }
  const auto rows = connection.execute(kRows, params());
  if (!rows.ok()) return explain_failure(rows.status());
  MILLRACE_RETURN_IF_ERROR(find_layouts(connection, *rows));
  go_on(*rows, page);
  return page;
}

// Those of the next statement. Over a long range each endpoint is read by itself: with many of them
// its windows would have to be visited in turn.
absl::Status WritesReader::find_endpoints(postgres::Connection& connection) {
  const std::size_t count = windows_.size() > 1 ? 1 : limits_.endpoints;
  const bool all = query_.endpoint_ids.empty();
  std::vector<postgres::Param> params = {
      postgres::to_param(query_.application_key),
      postgres::to_param(behind_ ? behind_->endpoint_key : std::int32_t{0}),
      postgres::to_param(static_cast<std::int64_t>(count))};
  if (!all) params.push_back(postgres::to_param(query_.endpoint_ids));
  const auto rows = connection.execute(all ? kEndpointsOfApplication : kNamedEndpoints, params);
  if (!rows.ok()) return explain_failure(rows.status());
  for (int row = 0; row < rows->rows(); ++row) {
    endpoints_.push_back({rows->int4(row, 0), std::string(rows->text(row, 1))});
  }
  window_ = 0;
  // What was read of the first endpoint may lie in a later window.
  if (endpoints_.empty() || !behind_ || behind_->endpoint_key != endpoints_[0].key) {
    return absl::OkStatus();
  }
  while (window_ + 1 < windows_.size() && windows_[window_].to <= behind_->time) ++window_;
  return absl::OkStatus();
}

std::vector<postgres::Param> WritesReader::params() const {
  std::vector<std::int32_t> keys;
  for (const Endpoint& endpoint : endpoints_) keys.push_back(endpoint.key);
  const TimeRange& window = windows_[window_];
  const bool inside = behind_ && behind_->endpoint_key == keys[0];
  return {postgres::to_param(keys),
          postgres::to_param(window.from),
          postgres::to_param(window.to),
          postgres::to_param(query_.seq_from),
          postgres::to_param(max_rows_),
          postgres::to_param(inside ? keys[0] : std::int32_t{0}),
          postgres::to_param(inside ? behind_->time + std::chrono::microseconds{1} : window.from)};
}

absl::Status WritesReader::find_layouts(postgres::Connection& connection,
                                        const postgres::Result& rows) {
  std::set<std::int32_t> unknown;
  for (int row = 0; row < rows.rows(); ++row) {
    const std::int32_t key = rows.int4(row, kLayout);
    if (!layouts_.contains(key)) unknown.insert(key);
  }
  if (unknown.empty()) return absl::OkStatus();
  if (layouts_.size() + unknown.size() > kMaxLayouts) {
    layouts_.clear();
    for (int row = 0; row < rows.rows(); ++row) unknown.insert(rows.int4(row, kLayout));
  }
  const auto found = connection.execute(
      kLayouts, {postgres::to_param(std::vector<std::int32_t>(unknown.begin(), unknown.end()))});
  if (!found.ok()) return explain_failure(found.status());
  for (const std::int32_t key : unknown) layouts_[key];
  for (int row = 0; row < found->rows(); ++row) {
    Place place{std::string(found->text(row, 1)), std::string(found->text(row, 2)),
                static_cast<ValueType>(found->int2(row, 3)),
                static_cast<std::size_t>(found->int8(row, 4)) - 1};
    const auto& wanted = query_.series_names;
    if (!wanted.empty() && !wanted.contains(place.series_name)) continue;
    layouts_[found->int4(row, 0)].push_back(std::move(place));
  }
  return absl::OkStatus();
}

// Each value from the row with the highest seq that has it, as everywhere: point_merger.h.
void WritesReader::add_row(const postgres::Result& rows, int row, Group& group) const {
  std::vector<double> numbers;
  std::vector<std::optional<std::string>> texts;
  if (!rows.is_null(row, kNumbers)) numbers = rows.float8_array(row, kNumbers);
  if (!rows.is_null(row, kTexts)) texts = rows.nullable_text_array(row, kTexts);
  group.bytes += numbers.size() * sizeof(double);
  for (const auto& text : texts) group.bytes += text ? text->size() : 0;
  for (const Place& place : layouts_.at(rows.int4(row, kLayout))) {
    WrittenValue value{place.name, place.type, rows.int8(row, kSeq), {}};
    if (place.type == ValueType::kString) {
      value.value.null = place.slot >= texts.size() || !texts[place.slot].has_value();
      if (!value.value.null) value.value.text = *texts[place.slot];
    } else {
      value.value.null =
          place.slot >= numbers.size() || postgres::is_null_pattern(numbers[place.slot]);
      if (!value.value.null) value.value.number = numbers[place.slot];
    }
    WrittenPoint& point = group.points[place.series_name];
    point.time = group.time;
    const auto same = std::find_if(point.values.begin(), point.values.end(),
                                   [&](const auto& one) { return one.name == value.name; });
    if (same == point.values.end()) {
      point.values.push_back(std::move(value));
    } else if (same->seq < value.seq) {
      *same = std::move(value);
    }
  }
}

bool WritesReader::add_rows(const postgres::Result& rows, WritesPage& page) {
  const bool is_full = rows.rows() == max_rows_;
  std::map<std::string, WrittenSeries> series;
  std::int64_t of_place = 0;
  const auto hand_over = [&] {
    for (auto& [name, one] : series) page.series.push_back(std::move(one));
    series.clear();
  };
  std::size_t bytes = 0;
  int row = 0;
  while (row < rows.rows()) {
    Group group{rows.int8(row, kPlace), rows.timestamp(row, kTime), {}, 0};
    int end = row;
    while (end < rows.rows() && rows.int8(end, kPlace) == group.place &&
           rows.timestamp(end, kTime) == group.time) {
      add_row(rows, end++, group);
    }
    // The rest of the last instant may be in the next page.
    if (is_full && end == rows.rows()) break;
    row = end;
    bytes += group.bytes;
    const Endpoint& endpoint = endpoints_[static_cast<std::size_t>(group.place - 1)];
    if (of_place != group.place) hand_over();
    of_place = group.place;
    for (auto& [name, point] : group.points) {
      WrittenSeries& one = series[name];
      if (one.points.empty()) one = {endpoint.id, name, {}};
      one.points.push_back(std::move(point));
    }
    page.position = WritesPosition{endpoint.key, group.time};
  }
  hand_over();
  adapt(static_cast<std::size_t>(rows.rows()), bytes);
  return is_full && row == 0;
}

// At most doubled, since the next rows may be larger.
void WritesReader::adapt(std::size_t rows, std::size_t bytes) {
  if (rows == 0) return;
  const std::size_t fitting = limits_.bytes * rows / std::max<std::size_t>(bytes, 1);
  const auto next = static_cast<std::int64_t>(std::min(fitting, 2 * rows));
  max_rows_ = std::min(std::max(next, kMinRows), limits_.rows);
}

void WritesReader::go_on(const postgres::Result& rows, WritesPage& page) {
  const bool is_full = rows.rows() == max_rows_;
  const std::int64_t asked = max_rows_;
  if (add_rows(rows, page)) {
    // One instant has more rows than the page: 1,600 at most, one for each value of a sample.
    max_rows_ = 2 * asked;
    return;
  }
  if (page.position) behind_ = page.position;
  if (is_full) {
    std::erase_if(endpoints_, [&](const Endpoint& one) { return one.key < behind_->endpoint_key; });
    return;
  }
  if (++window_ < windows_.size()) return;
  behind_ = WritesPosition{endpoints_.back().key + 1, kEarliestTime};
  page.position = behind_;
  endpoints_.clear();
}

}  // namespace millrace::time_series
