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
#include "lib/time_series/series_scan.h"
#include "lib/time_series/summary_walk.h"

namespace millrace::time_series {

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
  // Where it says so, and a summary is stored, that is given instead of the points. Only in
  // ascending order, and of series without strings. Null: points.
  TakesSummary takes_summary = nullptr;
};

// How much one step may hold in memory.
struct RangeLimits {
  std::int64_t points = 10'000;
  // Of strings; one step holds at most about twice this and one value.
  std::size_t text_bytes = 1 << 20;
  std::size_t partitions_per_window = kPartitionsPerWindow;
  // Several series of an endpoint that lie in the same frames are read together and kept until each
  // is given out in its turn, if all of them take no more than so much; 0: never.
  std::size_t ahead_bytes = 0;
};

struct RangeStep {
  std::string endpoint_id;
  std::string series_name;
  // Of each column of `points`, which is empty then: quarters of an hour in order of time.
  std::vector<RollupPart> summaries = {};
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
  // What several series came to, given out one after the other.
  struct Ahead {
    std::size_t series = 0;  // of the scan
    PointBatch points;       // of that series
    std::size_t given = 0;   // of them
  };

  absl::Status enter_endpoint(postgres::Connection& connection);
  absl::Status find_more_series(postgres::Connection& connection);
  std::vector<StoredSeries> next_group(std::int64_t max_points);
  void open_group(std::vector<StoredSeries> series);
  void open_scan(std::vector<StoredSeries> series, const TimeRange& range);
  TimeRange remaining_range(const std::string& series_name) const;
  absl::StatusOr<std::optional<RangeStep>> read_summaries(postgres::Connection& connection);
  absl::StatusOr<RangeStep> read_one(postgres::Connection& connection, std::int64_t max_points);
  absl::Status read_ahead(postgres::Connection& connection);
  RangeStep give_out(std::int64_t max_points);
  RangeStep step_of(const std::string& series_name, PointBatch points) const;

  const RangeQuery query_;
  const RangeLimits limits_;
  std::optional<Partitions> partitions_;
  std::optional<std::vector<KeyedSeries>> keys_;  // of the series asked for
  std::size_t endpoint_ = 0;
  std::optional<SeriesFinder> finder_;    // of this endpoint
  std::vector<StoredSeries> pending_;     // found of this endpoint, the next one last
  std::size_t alone_ = 0;                 // so many of them have to be read one by one
  std::optional<SummaryWalk> summaries_;  // of the series being read, where they may be given
  std::optional<SeriesScan> scan_;
  std::optional<Ahead> ahead_;  // the scan is at its end
};

}  // namespace millrace::time_series
