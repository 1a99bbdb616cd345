// SPDX-License-Identifier: Apache-2.0
//
// Reads the frames of one endpoint page by page, for one series, or for several that lie in the
// same layouts: reading those one by one would go through the same rows again for each. Internal to
// lib/time_series: RangeReader is built on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/point_merger.h"
#include "lib/time_series/reader.h"
#include "lib/time_series/series_catalogue_reader.h"

namespace millrace::time_series {

enum class Direction { kAscending, kDescending };

bool has_text(const StoredSeries& series);

// Whether both may be read by one scan: no strings, whose memory cannot be told, and no other rows
// than the other has.
bool can_share_scan(const StoredSeries& a, const StoredSeries& b);

// For one thread; the connection may be another one for each page.
class SeriesScan {
 public:
  struct Bounds {
    std::vector<TimeRange> windows;  // in the order of reading, not empty
    Direction direction = Direction::kAscending;
    std::int64_t max_rows = 0;  // of a page
    std::size_t text_bytes = 0;
  };

  // At least one series; several only if can_share_scan().
  SeriesScan(std::vector<StoredSeries> series, Bounds bounds);

  // One statement. Completes at most `max_points` points of each series; perhaps none. After a
  // failure it may be repeated.
  absl::Status read_page(postgres::Connection& connection, std::int64_t max_points);
  // All points are complete and can be taken.
  bool at_end() const { return window_ == bounds_.windows.size(); }

  std::size_t size() const { return series_.size(); }
  const StoredSeries& series(std::size_t index) const { return series_[index]; }
  // The complete points of one series; the open one stays. Of several series each may be taken
  // once, at the end.
  PointBatch take(std::size_t index);
  // Of the numbers that were read and not taken yet, more or less.
  std::size_t held_bytes() const { return held_bytes_; }

 private:
  std::vector<postgres::Param> page_params(std::int64_t max_rows) const;
  std::int64_t rows_for(std::int64_t max_points) const;
  void add_rows(const postgres::Result& rows);
  std::size_t add_merged(const postgres::Result& rows);
  void add_alone(const postgres::Result& rows);
  void fit_text_rows(std::int64_t rows, std::size_t text_bytes);
  void close_window();

  const std::vector<StoredSeries> series_;
  const Bounds bounds_;
  const bool merges_;    // rows of several layouts may meet at an instant
  const bool has_text_;  // then there is one series
  const bool alone_;     // each row is a point by itself
  const std::string sql_;
  std::vector<PointMerger> mergers_;  // one for each series
  // Where rows are alone, of the points in all mergers, which have none then.
  std::vector<time::UnixMicros> times_;
  std::size_t values_ = 0;  // of all series
  std::size_t window_ = 0;
  bool inside_window_ = false;
  time::UnixMicros last_time_;  // of the last row, when inside_window_
  std::int32_t last_layout_ = 0;
  std::int64_t text_rows_ = 64;  // rows a page may have where strings are read
  std::size_t held_bytes_ = 0;
};

}  // namespace millrace::time_series
