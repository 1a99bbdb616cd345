// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/series_scan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace millrace::time_series {
namespace {

constexpr std::int64_t kMinTextRows = 16;
constexpr int kFirstSlotParam = 7;

bool is_text(const ValueDescription& value) {
  return value.type == ValueType::kString;
}

bool any_text(const std::vector<StoredSeries>& series) {
  return std::any_of(series.begin(), series.end(), has_text);
}

// One layout has one row an instant. It cannot have two values of one name, but the merger would
// know what to do.
bool needs_merging(const std::vector<StoredSeries>& series) {
  return series.front().layouts.size() > 1 ||
         std::any_of(series.begin(), series.end(), [](const StoredSeries& one) {
           return std::adjacent_find(one.values.begin(), one.values.end(),
                                     [](const ValueDescription& a, const ValueDescription& b) {
                                       return a.name == b.name;
                                     }) != one.values.end();
         });
}

std::string picked_values(const std::vector<StoredSeries>& series) {
  const bool single = series.front().layouts.size() == 1;
  std::string picked;
  int param = kFirstSlotParam;
  for (const StoredSeries& one : series) {
    for (const ValueDescription& value : one.values) {
      const char* column = is_text(value) ? "texts" : "numbers";
      picked += single
                    ? fmt::format(", f.{}[${}]", column, param)
                    : fmt::format(", f.{}[(${})[width_bucket(f.layout_key, $5)]]", column, param);
      ++param;
    }
  }
  return picked;
}

// The statement of a page. Its text depends only on the number and kinds of the values, the
// direction, and whether one layout or several are read, so that few texts are ever prepared.
//
// One layout: its key is checked within the index. Several: rows of other layouts are dropped after
// their heap pages were read, because PostgreSQL 15 gives up the order of an index scan with a list
// of keys. width_bucket finds a key's position in the ascending list by bisection. seq and layout
// are half of what a narrow row costs: they are read only where rows are merged by them.
std::string page_sql(const std::vector<StoredSeries>& series, bool merges, Direction direction) {
  const char* layouts =
      series.front().layouts.size() == 1 ? "f.layout_key = $5" : "f.layout_key = ANY($5)";
  const char* beyond = direction == Direction::kAscending
                           ? "f.time >= $2 AND f.time < $4 AND (f.time, f.layout_key) > ($2, $3)"
                             " ORDER BY f.time, f.layout_key"
                           : "f.time <= $2 AND f.time >= $4 AND (f.time, f.layout_key) < ($2, $3)"
                             " ORDER BY f.time DESC, f.layout_key DESC";
  return fmt::format(
      "SELECT f.time{}{} FROM time_series.frame f"
      " WHERE f.endpoint_key = $1 AND {} AND {} LIMIT $6",
      merges ? ", f.seq, f.layout_key" : "", picked_values(series), layouts, beyond);
}

FrameValue value_at(const postgres::Result& rows, int row, int column, const ValueDescription& of) {
  FrameValue value;
  value.null = rows.is_null(row, column);
  if (value.null) return value;
  if (is_text(of)) {
    value.text = rows.text(row, column);
  } else {
    value.number = rows.float8(row, column);
  }
  return value;
}

std::vector<PointMerger> make_mergers(const std::vector<StoredSeries>& series) {
  std::vector<PointMerger> mergers;
  for (const StoredSeries& one : series) mergers.emplace_back(one);
  return mergers;
}

// Ascending keys of the layouts, the same for all series.
std::vector<std::int32_t> layout_keys(const StoredSeries& series) {
  std::vector<std::int32_t> keys;
  for (const LayoutSlots& layout : series.layouts) keys.push_back(layout.layout_key);
  return keys;
}

}  // namespace

bool has_text(const StoredSeries& series) {
  return std::any_of(series.values.begin(), series.values.end(), is_text);
}

bool can_share_scan(const StoredSeries& a, const StoredSeries& b) {
  return a.endpoint_key == b.endpoint_key && !any_text({a, b}) && layout_keys(a) == layout_keys(b);
}

SeriesScan::SeriesScan(std::vector<StoredSeries> series, Bounds bounds)
    : series_(std::move(series)),
      bounds_(std::move(bounds)),
      merges_(needs_merging(series_)),
      has_text_(any_text(series_)),
      alone_(!merges_ && !has_text_),
      sql_(page_sql(series_, merges_, bounds_.direction)),
      mergers_(make_mergers(series_)) {
  for (const StoredSeries& one : series_) values_ += one.values.size();
}

std::int64_t SeriesScan::rows_for(std::int64_t max_points) const {
  std::int64_t rows = std::clamp(max_points, std::int64_t{1}, bounds_.max_rows);
  // A page completes at most as many points as it has rows, the one left open before included; the
  // one it leaves open itself needs a row more.
  if (!alone_ && !mergers_.front().has_open_point()) rows = std::min(rows + 1, bounds_.max_rows);
  return has_text_ ? std::min(rows, text_rows_) : rows;
}

absl::Status SeriesScan::read_page(postgres::Connection& connection, std::int64_t max_points) {
  const std::int64_t max_rows = rows_for(max_points);
  const auto rows = connection.execute(sql_, page_params(max_rows));
  if (!rows.ok()) return explain_failure(rows.status());
  add_rows(*rows);
  if (rows->rows() < max_rows) close_window();
  return absl::OkStatus();
}

std::vector<postgres::Param> SeriesScan::page_params(std::int64_t max_rows) const {
  const TimeRange& window = bounds_.windows[window_];
  const bool ascending = bounds_.direction == Direction::kAscending;
  const time::UnixMicros start = ascending ? window.from : window.to;
  const bool single = series_.front().layouts.size() == 1;
  const std::vector<std::int32_t> keys = layout_keys(series_.front());
  std::vector<postgres::Param> params = {
      postgres::to_param(series_.front().endpoint_key),
      postgres::to_param(inside_window_ ? last_time_ : start),
      // Layout keys are positive: 0 is before every layout of the first instant, and excludes the
      // instant at the end of a falling range.
      postgres::to_param(inside_window_ ? last_layout_ : std::int32_t{0}),
      postgres::to_param(ascending ? window.to : window.from),
      single ? postgres::to_param(keys[0]) : postgres::to_param(keys),
      postgres::to_param(max_rows)};
  for (const StoredSeries& one : series_) {
    for (std::size_t value = 0; value < one.values.size(); ++value) {
      std::vector<std::int32_t> slots;
      for (const LayoutSlots& layout : one.layouts) slots.push_back(layout.slots[value]);
      params.push_back(single ? postgres::to_param(slots[0]) : postgres::to_param(slots));
    }
  }
  return params;
}

void SeriesScan::add_rows(const postgres::Result& rows) {
  const int count = rows.rows();
  if (count == 0) return;
  inside_window_ = true;
  last_time_ = rows.timestamp(count - 1, 0);
  last_layout_ = merges_ ? rows.int4(count - 1, 2) : series_.front().layouts.front().layout_key;
  if (alone_) {
    add_alone(rows);
  } else {
    fit_text_rows(count, add_merged(rows));
  }
  const std::size_t times = alone_ ? 1 : series_.size();
  held_bytes_ += static_cast<std::size_t>(count) * (times + values_) * sizeof(double);
}

std::size_t SeriesScan::add_merged(const postgres::Result& rows) {
  std::size_t text_bytes = 0;
  FrameRow frame;
  for (int row = 0; row < rows.rows(); ++row) {
    frame.time = rows.timestamp(row, 0);
    frame.seq = merges_ ? rows.int8(row, 1) : 0;
    frame.layout_key = merges_ ? rows.int4(row, 2) : last_layout_;
    int column = merges_ ? 3 : 1;
    for (std::size_t i = 0; i < series_.size(); ++i) {
      frame.values.clear();
      for (const ValueDescription& value : series_[i].values) {
        frame.values.push_back(value_at(rows, row, column++, value));
        text_bytes += frame.values.back().text.size();
      }
      mergers_[i].add(frame);
    }
  }
  return text_bytes;
}

// Numbers of a single layout: each row is a point, and a column is appended at once.
void SeriesScan::add_alone(const postgres::Result& rows) {
  for (int row = 0; row < rows.rows(); ++row) times_.push_back(rows.timestamp(row, 0));
  int column = 1;
  for (std::size_t i = 0; i < series_.size(); ++i) {
    for (PointColumn& to : mergers_[i].complete().columns) {
      for (int row = 0; row < rows.rows(); ++row) {
        const bool present = !rows.is_null(row, column);
        to.present.push_back(present);
        to.numbers.push_back(present ? rows.float8(row, column) : 0);
      }
      ++column;
    }
  }
}

PointBatch SeriesScan::take(std::size_t index) {
  PointBatch batch = mergers_[index].take();
  if (!alone_) return batch;
  if (series_.size() == 1) {
    batch.times = std::exchange(times_, {});
  } else {
    batch.times = times_;
  }
  return batch;
}

void SeriesScan::fit_text_rows(std::int64_t rows, std::size_t text_bytes) {
  if (!has_text_) return;
  const auto count = static_cast<std::size_t>(rows);
  const auto fitting = bounds_.text_bytes * count / std::max<std::size_t>(text_bytes, 1);
  // At most doubled, since the next rows may be longer.
  const auto next = static_cast<std::int64_t>(std::min<std::size_t>(fitting, 2 * count));
  text_rows_ = std::min(std::max(next, kMinTextRows), bounds_.max_rows);
}

void SeriesScan::close_window() {
  inside_window_ = false;
  // A point never spans windows: they touch between two instants.
  if (++window_ < bounds_.windows.size()) return;
  for (PointMerger& merger : mergers_) merger.end();
}

}  // namespace millrace::time_series
