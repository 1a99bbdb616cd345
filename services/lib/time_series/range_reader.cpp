// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/range_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

constexpr std::int64_t kMinTextRows = 16;
constexpr int kFirstValueColumn = 3;
constexpr int kFirstSlotParam = 7;

// The statement of a page. Its text depends only on the number and kinds of the values, the
// direction, and whether one layout or several are read, so that few texts are ever prepared.
//
// One layout: its key is checked within the index. Several: rows of other layouts are dropped after
// their heap pages were read, because PostgreSQL 15 gives up the order of an index scan with a list
// of keys. width_bucket finds a key's position in the ascending list by bisection.
std::string page_sql(const StoredSeries& series, Direction direction) {
  const bool single = series.layouts.size() == 1;
  std::string picked;
  int param = kFirstSlotParam;
  for (const ValueDescription& value : series.values) {
    const char* column = value.type == ValueType::kString ? "texts" : "numbers";
    picked += single ? fmt::format(", f.{}[${}]", column, param)
                     : fmt::format(", f.{}[(${})[width_bucket(f.layout_key, $5)]]", column, param);
    ++param;
  }
  const char* layouts = single ? "f.layout_key = $5" : "f.layout_key = ANY($5)";
  const char* beyond = direction == Direction::kAscending
                           ? "f.time >= $2 AND f.time < $4 AND (f.time, f.layout_key) > ($2, $3)"
                             " ORDER BY f.time, f.layout_key"
                           : "f.time <= $2 AND f.time >= $4 AND (f.time, f.layout_key) < ($2, $3)"
                             " ORDER BY f.time DESC, f.layout_key DESC";
  return fmt::format(
      "SELECT f.time, f.seq, f.layout_key{} FROM time_series.frame f"
      " WHERE f.endpoint_key = $1 AND {} AND {} LIMIT $6",
      picked, layouts, beyond);
}

bool has_text(const StoredSeries& series) {
  return std::any_of(series.values.begin(), series.values.end(), [](const ValueDescription& value) {
    return value.type == ValueType::kString;
  });
}

void fill(FrameRow& frame, const postgres::Result& rows, int row, const StoredSeries& series) {
  frame.time = rows.timestamp(row, 0);
  frame.seq = rows.int8(row, 1);
  frame.layout_key = rows.int4(row, 2);
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const int column = kFirstValueColumn + static_cast<int>(i);
    FrameValue& value = frame.values[i];
    value.null = rows.is_null(row, column);
    value.text.clear();
    if (value.null) continue;
    if (series.values[i].type == ValueType::kString) {
      value.text = rows.text(row, column);
    } else {
      value.number = rows.float8(row, column);
    }
  }
}

}  // namespace

RangeReader::RangeReader(RangeQuery query, RangeLimits limits)
    : query_(std::move(query)), limits_(limits) {
  if (query_.behind) endpoint_ = query_.behind->endpoint;
}

absl::StatusOr<std::optional<RangeStep>> RangeReader::next(postgres::Connection& connection,
                                                           std::int64_t max_points) {
  if (!partitions_) {
    MILLRACE_ASSIGN_OR_RETURN(partitions_, read_partitions(connection));
  }
  while (!open_) {
    if (!finder_) {
      if (endpoint_ >= query_.endpoint_ids.size()) return std::nullopt;
      MILLRACE_RETURN_IF_ERROR(enter_endpoint(connection));
    } else if (!pending_.empty()) {
      StoredSeries series = std::move(pending_.back());
      pending_.pop_back();
      open_series(std::move(series));
    } else if (!finder_->at_end()) {
      MILLRACE_RETURN_IF_ERROR(find_more_series(connection));
    } else {
      finder_.reset();
      ++endpoint_;
      // An endpoint without any of the series is a step too: the caller may want to stop.
      if (endpoint_ < query_.endpoint_ids.size()) return RangeStep{};
    }
  }
  // A page completes at most as many points as it has rows, the one left open before included; the
  // one it leaves open itself needs a row more.
  const std::int64_t wanted = std::clamp(max_points, std::int64_t{1}, limits_.points);
  const std::int64_t extra = open_->merger.has_open_point() ? 0 : 1;
  std::int64_t max_rows = std::min(limits_.points, wanted + extra);
  if (has_text(open_->series)) max_rows = std::min(max_rows, open_->text_rows);
  MILLRACE_ASSIGN_OR_RETURN(const int rows, read_page(connection, max_rows));
  if (rows < max_rows) close_window();
  return take_step();
}

absl::Status RangeReader::enter_endpoint(postgres::Connection& connection) {
  const std::string& endpoint_id = query_.endpoint_ids[endpoint_];
  if (!keys_) {
    MILLRACE_ASSIGN_OR_RETURN(keys_,
                              read_keys(connection, query_.application_key, query_.series_names));
  }
  MILLRACE_ASSIGN_OR_RETURN(
      SeriesFinder finder,
      SeriesFinder::open(connection, query_.application_key, endpoint_id, *keys_));
  if (query_.behind && query_.behind->endpoint == endpoint_) {
    finder.skip_to(query_.behind->series_name);
  }
  finder_ = finder;
  return absl::OkStatus();
}

absl::Status RangeReader::find_more_series(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(pending_, finder_->next(connection));
  std::reverse(pending_.begin(), pending_.end());
  return absl::OkStatus();
}

TimeRange RangeReader::remaining_range(const std::string& series_name) {
  TimeRange range = query_.range;
  const auto& behind = query_.behind;
  if (!behind || behind->endpoint != endpoint_ || behind->series_name != series_name) return range;
  if (query_.direction == Direction::kAscending) {
    range.from = std::max(range.from, behind->time + std::chrono::microseconds{1});
  } else {
    range.to = std::min(range.to, behind->time);
  }
  return range;
}

void RangeReader::open_series(StoredSeries series) {
  std::vector<TimeRange> windows =
      split_into_windows(*partitions_, remaining_range(series.name), limits_.partitions_per_window);
  if (windows.empty()) return;
  if (query_.direction == Direction::kDescending) std::reverse(windows.begin(), windows.end());
  PointMerger merger(series);
  std::string sql = page_sql(series, query_.direction);
  open_.emplace(Open{
      std::move(series), std::move(sql), std::move(windows), 0, false, {}, 0, std::move(merger)});
}

std::vector<postgres::Param> RangeReader::page_params(std::int64_t max_rows) const {
  const TimeRange& window = open_->windows[open_->window];
  const bool ascending = query_.direction == Direction::kAscending;
  const time::UnixMicros start = ascending ? window.from : window.to;
  const auto& layouts = open_->series.layouts;
  std::vector<postgres::Param> params = {
      postgres::to_param(open_->series.endpoint_key),
      postgres::to_param(open_->inside_window ? open_->last_time : start),
      // Layout keys are positive: 0 is before every layout of the first instant, and excludes the
      // instant at the end of a falling range.
      postgres::to_param(open_->inside_window ? open_->last_layout : std::int32_t{0}),
      postgres::to_param(ascending ? window.to : window.from)};
  if (layouts.size() == 1) {
    params.push_back(postgres::to_param(layouts[0].layout_key));
  } else {
    std::vector<std::int32_t> keys;
    for (const LayoutSlots& layout : layouts) keys.push_back(layout.layout_key);
    params.push_back(postgres::to_param(keys));
  }
  params.push_back(postgres::to_param(max_rows));
  for (std::size_t value = 0; value < open_->series.values.size(); ++value) {
    if (layouts.size() == 1) {
      params.push_back(postgres::to_param(layouts[0].slots[value]));
      continue;
    }
    std::vector<std::int32_t> slots;
    for (const LayoutSlots& layout : layouts) slots.push_back(layout.slots[value]);
    params.push_back(postgres::to_param(slots));
  }
  return params;
}

absl::StatusOr<int> RangeReader::read_page(postgres::Connection& connection,
                                           std::int64_t max_rows) {
  const auto rows = connection.execute(open_->sql, page_params(max_rows));
  if (!rows.ok()) return explain_failure(rows.status());
  const std::size_t text_bytes = add_rows(*rows);
  if (rows->rows() > 0 && has_text(open_->series)) {
    const auto count = static_cast<std::size_t>(rows->rows());
    const auto fitting = limits_.text_bytes * count / std::max<std::size_t>(text_bytes, 1);
    // At most doubled, since the next rows may be longer.
    const auto next = static_cast<std::int64_t>(std::min<std::size_t>(fitting, 2 * count));
    open_->text_rows = std::min(std::max(next, kMinTextRows), limits_.points);
  }
  return rows->rows();
}

std::size_t RangeReader::add_rows(const postgres::Result& rows) {
  std::size_t text_bytes = 0;
  FrameRow frame;
  frame.values.resize(open_->series.values.size());
  for (int row = 0; row < rows.rows(); ++row) {
    fill(frame, rows, row, open_->series);
    for (const FrameValue& value : frame.values) text_bytes += value.text.size();
    open_->merger.add(frame);
    open_->last_time = frame.time;
    open_->last_layout = frame.layout_key;
    open_->inside_window = true;
  }
  return text_bytes;
}

void RangeReader::close_window() {
  open_->inside_window = false;
  // A point never spans windows: they touch between two instants.
  if (++open_->window == open_->windows.size()) open_->merger.end();
}

RangeStep RangeReader::take_step() {
  RangeStep step{query_.endpoint_ids[endpoint_], open_->series.name, open_->merger.take(), {}};
  if (!step.points.times.empty())
    step.position = {endpoint_, step.series_name, step.points.times.back()};
  if (open_->window == open_->windows.size()) open_.reset();
  return step;
}

}  // namespace millrace::time_series
