// SPDX-License-Identifier: Apache-2.0
//
// Reads what a range of a series comes to without reading its points: the stored summaries of
// quarters of an hour, and which parts of the range have none and are to be read as points. Of a
// year of a point a second it reads 8,760 rows instead of 31 million.
//
// What is given as covered is what the points of those quarters come to at the moment of the
// statement. A step is one statement, and so one snapshot; the points of the parts between, and
// further steps, are read by other statements. What is written meanwhile appears in some and not in
// others, as in RangeReader: a sample that is late by hours may be missing from a quarter and be
// there in the next one, and a partition that retention drops meanwhile may be in the answer in
// part. Each point is counted once or not at all, never twice, if the parts are read as they are
// given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/aggregation/summary.h"
#include "lib/postgres/connection.h"
#include "lib/time_series/hour.h"
#include "lib/time_series/reader.h"
#include "lib/time_series/series_catalogue_reader.h"

namespace millrace::time_series {

// A part of the range, in order of time.
struct RollupPart {
  // With summaries: a whole quarter of an hour, from the epoch on.
  TimeRange range;
  // One for each of StoredSeries::values; of no point where the quarter has none of that value, and
  // always for strings, of which there are no rollups. Empty: not covered, read the points.
  std::vector<aggregation::Summary> summaries;

  bool covered() const { return !summaries.empty(); }
};

struct RollupLimits {
  // Rows of one step, each an hour; at least 1.
  std::int64_t hours = 4096;
  // Of summaries in one step, more or less.
  std::int64_t bytes = 4 << 20;
  // Covered quarters between two parts that are not are given up where all of them together have
  // fewer points, and are shorter: a statement less is worth more than those. Not where they are
  // long: reading past them costs what the endpoint's other series have there. 0: never.
  std::int64_t worth_points = 2000;
  std::chrono::hours worth_time{24};
};

// For one thread; the connection may be another one in each step, and is prepared by
// prepare_session() of reader.h.
class RollupReader {
 public:
  // Whole quarters inside `range` are looked up.
  RollupReader(StoredSeries series, TimeRange range, RollupLimits limits = {});

  // The next parts. They join, the first one with the last one of the step before, and the last one
  // ends where the range does. Nothing: the end. After a failure the step may be repeated.
  absl::StatusOr<std::optional<std::vector<RollupPart>>> next(postgres::Connection& connection);

 private:
  absl::StatusOr<postgres::Result> read_page(postgres::Connection& connection) const;
  // The hour of row `row`, at `position`, which it moves behind the last quarter given.
  void add_hour(std::vector<RollupPart>& parts, const postgres::Result& page, std::size_t row,
                Hour hour, time::UnixMicros& position) const;

  const StoredSeries series_;
  const TimeRange range_;
  const RollupLimits limits_;
  std::int64_t hours_per_page_;
  std::vector<std::size_t> numbers_;  // indices of values that are no strings
  std::string sql_;
  time::UnixMicros position_;  // all before it is given
};

}  // namespace millrace::time_series
