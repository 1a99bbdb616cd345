// SPDX-License-Identifier: Apache-2.0
//
// Reads points of a range step by step: endpoints in the order asked, for each its series in byte
// order of name, for each its points in order of time.
//
// Each step is one short statement that goes on behind the last row seen (endpoint, time and layout
// are the frames' primary key). No cursor and no transaction is open between steps, so a client
// that reads slowly keeps neither a connection, nor old row versions, nor a lock that a dropped
// partition would wait for; and a call resumed from a token is no other case than the next step.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/partition_windows.h"
#include "lib/time_series/point_merger.h"
#include "lib/time_series/reader.h"
#include "lib/time_series/series_catalogue_reader.h"

namespace millrace::time_series {

enum class Direction { kAscending, kDescending };

// Behind which point to go on.
struct RangePosition {
  std::size_t endpoint = 0;  // index into RangeQuery::endpoint_ids
  std::string series_name;
  time::UnixMicros time;
  bool operator==(const RangePosition&) const = default;
};

struct RangeQuery {
  std::int32_t application_key = 0;
  std::vector<std::string> endpoint_ids;
  std::vector<std::string> series_names;
  TimeRange range;
  Direction direction = Direction::kAscending;
  std::optional<RangePosition> behind;
};

// How much one step may hold in memory.
struct RangeLimits {
  std::int64_t points = 10'000;
  // Of strings; one step holds at most about twice this and one value.
  std::size_t text_bytes = 1 << 20;
  std::size_t partitions_per_window = kPartitionsPerWindow;
};

struct RangeStep {
  std::string endpoint_id;
  std::string series_name;
  PointBatch points;       // may be empty: there was nothing here, call again
  RangePosition position;  // of the last point, where there is one
};

// For one thread; the connection may be another one in each step.
class RangeReader {
 public:
  explicit RangeReader(RangeQuery query, RangeLimits limits = {});

  // At most `max_points` points (at least 1), and no more than the limits allow. Nothing: the end.
  // After a failure the step may be repeated.
  absl::StatusOr<std::optional<RangeStep>> next(postgres::Connection& connection,
                                                std::int64_t max_points);

 private:
  // The series being read.
  struct Open {
    StoredSeries series;
    std::string sql;
    std::vector<TimeRange> windows;  // in the order of reading
    std::size_t window = 0;
    bool inside_window = false;
    time::UnixMicros last_time;  // of the last row, when inside_window
    std::int32_t last_layout = 0;
    PointMerger merger;
    std::int64_t text_rows = 64;  // rows a page may have where strings are read
  };

  absl::Status enter_endpoint(postgres::Connection& connection);
  absl::Status find_more_series(postgres::Connection& connection);
  void open_series(StoredSeries series);
  TimeRange remaining_range(const std::string& series_name);
  absl::StatusOr<int> read_page(postgres::Connection& connection, std::int64_t max_rows);
  std::vector<postgres::Param> page_params(std::int64_t max_rows) const;
  std::size_t add_rows(const postgres::Result& rows);
  RangeStep take_step();
  void close_window();

  const RangeQuery query_;
  const RangeLimits limits_;
  std::optional<Partitions> partitions_;
  std::optional<std::vector<KeyedSeries>> keys_;  // of the series asked for
  std::size_t endpoint_ = 0;
  std::optional<SeriesFinder> finder_;  // of this endpoint
  std::vector<StoredSeries> pending_;   // found of this endpoint, the next one last
  std::optional<Open> open_;
};

}  // namespace millrace::time_series
