// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/rollup_builder.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

constexpr std::int64_t kFramesPerPage = 5000;
// Of 1,600 values at most each.
constexpr std::size_t kMaxLayouts = 2000;

// In the table {0}. Counting ends where it is enough, so that an endpoint costs an index probe and
// some rows.
constexpr char kCandidates[] =
    "WITH chosen AS MATERIALIZED (SELECT endpoint_key FROM time_series.endpoint"
    " WHERE endpoint_key > $1 ORDER BY endpoint_key LIMIT $2)"
    " SELECT endpoint_key, (SELECT count(*) FROM (SELECT FROM time_series.{0} f"
    "   WHERE f.endpoint_key = chosen.endpoint_key AND f.time >= $3 AND f.time < $4 LIMIT $5) AS "
    "few)"
    "   = $5 FROM chosen ORDER BY endpoint_key";

// In the table {0}: along its primary key.
constexpr char kPage[] =
    "SELECT f.time, f.layout_key, f.seq, coalesce(f.numbers, '{{}}') FROM time_series.{0} f"
    " WHERE f.endpoint_key = $1 AND f.time >= $2 AND f.time < $3"
    " AND (f.time, f.layout_key) > ($2, $4) ORDER BY f.time, f.layout_key LIMIT $5";

// A name, whatever the type: its lowest key, which never changes.
constexpr char kNames[] =
    "SELECT l.layout_key, l.number_keys, ARRAY(SELECT (SELECT min(o.value_key)"
    "   FROM time_series.series_value o WHERE o.application_key = v.application_key"
    "   AND o.series_name = v.series_name AND o.value_name = v.value_name)"
    "   FROM unnest(l.number_keys || l.text_keys) WITH ORDINALITY AS k (value_key, slot)"
    "   JOIN time_series.series_value v USING (value_key) ORDER BY k.slot)"
    " FROM time_series.layout l WHERE l.layout_key = ANY ($1)";

constexpr char kDelete[] =
    "DELETE FROM time_series.rollup WHERE endpoint_key = $1 AND hour >= $2 AND hour < $3";

LayoutValues layout_of(const postgres::Result& rows, int row) {
  LayoutValues layout;
  layout.number_keys = rows.int4_array(row, 1);
  layout.number_names = rows.int4_array(row, 2);
  const auto numbers = static_cast<std::ptrdiff_t>(layout.number_keys.size());
  layout.text_names.assign(layout.number_names.begin() + numbers, layout.number_names.end());
  layout.number_names.resize(layout.number_keys.size());
  return layout;
}

}  // namespace

absl::StatusOr<RollupBuilder::Candidates> RollupBuilder::candidates(Week week, HourRange hours,
                                                                    std::int32_t behind) {
  MILLRACE_ASSIGN_OR_RETURN(
      const auto rows,
      connection_.execute(fmt::format(kCandidates, partition_name(week)),
                          {postgres::to_param(behind), postgres::to_param(kEndpointsPerLook),
                           postgres::to_param(time::UnixMicros(hours.from)),
                           postgres::to_param(time::UnixMicros(hours.until)),
                           postgres::to_param(static_cast<std::int64_t>(kMinFramesOfRollup))}));
  Candidates found;
  for (int row = 0; row < rows.rows(); ++row) {
    found.last = rows.int4(row, 0);
    if (rows.boolean(row, 1)) found.endpoint_keys.push_back(found.last);
  }
  return found;
}

absl::Status RollupBuilder::build(std::int32_t endpoint_key, Week week, HourRange hours,
                                  BuiltRollups& built) {
  if (layouts_.size() > kMaxLayouts) layouts_.clear();
  MILLRACE_RETURN_IF_ERROR(connection_
                               .execute(kDelete, {postgres::to_param(endpoint_key),
                                                  postgres::to_param(hour_number(hours.from)),
                                                  postgres::to_param(hour_number(hours.until))})
                               .status());
  const std::string sql = fmt::format(kPage, partition_name(week));
  std::vector<postgres::Param> params = {postgres::to_param(endpoint_key),
                                         postgres::to_param(time::UnixMicros(hours.from)),
                                         postgres::to_param(time::UnixMicros(hours.until)),
                                         postgres::to_param(std::int32_t{0}),  // before all layouts
                                         postgres::to_param(kFramesPerPage)};
  while (true) {
    MILLRACE_ASSIGN_OR_RETURN(const int frames, read_page(sql, params));
    built.frames += frames;
    if (frames < kFramesPerPage) break;
    const std::vector<RollupRow> rows = rollups_.take();
    built.hours += static_cast<std::int64_t>(rows.size());
    MILLRACE_RETURN_IF_ERROR(write(endpoint_key, rows));
  }
  rollups_.end();
  const std::vector<RollupRow> rows = rollups_.take();
  built.hours += static_cast<std::int64_t>(rows.size());
  return write(endpoint_key, rows);
}

// Leaves in `params` where the next page begins.
absl::StatusOr<int> RollupBuilder::read_page(const std::string& sql,
                                             std::vector<postgres::Param>& params) {
  MILLRACE_ASSIGN_OR_RETURN(const auto frames, connection_.execute(sql, params));
  MILLRACE_RETURN_IF_ERROR(load_layouts(frames));
  for (int row = 0; row < frames.rows(); ++row) {
    rollups_.add({frames.timestamp(row, 0), frames.int8(row, 2), &layouts_[frames.int4(row, 1)],
                  frames.float8_array(row, 3)});
  }
  if (const int last = frames.rows() - 1; last >= 0) {
    params[1] = postgres::to_param(frames.timestamp(last, 0));
    params[3] = postgres::to_param(frames.int4(last, 1));
  }
  return frames.rows();
}

absl::Status RollupBuilder::load_layouts(const postgres::Result& frames) {
  std::vector<std::int32_t> wanted;
  for (int row = 0; row < frames.rows(); ++row) {
    const std::int32_t key = frames.int4(row, 1);
    if (!layouts_.contains(key) && std::find(wanted.begin(), wanted.end(), key) == wanted.end()) {
      wanted.push_back(key);
    }
  }
  if (wanted.empty()) return absl::OkStatus();
  MILLRACE_ASSIGN_OR_RETURN(const auto rows,
                            connection_.execute(kNames, {postgres::to_param(wanted)}));
  for (int row = 0; row < rows.rows(); ++row) {
    layouts_.emplace(rows.int4(row, 0), layout_of(rows, row));
  }
  // A layout that is not there has no values, as for the readers: somebody wrote frames by hand.
  for (const std::int32_t key : wanted) layouts_.try_emplace(key);
  return absl::OkStatus();
}

absl::Status RollupBuilder::write(std::int32_t endpoint_key, const std::vector<RollupRow>& rows) {
  if (rows.empty()) return absl::OkStatus();
  buffer_.clear();
  for (const RollupRow& row : rows) {
    buffer_.row(4);
    buffer_.int4(endpoint_key);
    buffer_.int4(hour_number(row.hour));
    buffer_.int4_array(row.value_keys);
    buffer_.bytea(row.summaries);
  }
  buffer_.finish();
  return connection_
      .copy_binary("time_series.rollup (endpoint_key, hour, value_keys, summaries)", buffer_.data())
      .status();
}

}  // namespace millrace::time_series
