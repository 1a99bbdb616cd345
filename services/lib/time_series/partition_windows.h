// SPDX-License-Identifier: Apache-2.0
//
// A statement over a long range would open and lock every partition of it: planning 400 of them
// takes 30 ms, thousands overflow the server's lock table. So ranges are read in windows of a few
// partitions, each by a statement of its own.
#pragma once

#include <cstddef>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/reader.h"

namespace millrace::time_series {

constexpr std::size_t kPartitionsPerWindow = 16;

// The ranges of the frame table's partitions, in order of time. Empty where the table is not
// partitioned by plain ranges (a distributed engine beneath): then one window is all there is.
struct Partitions {
  bool by_range = false;
  std::vector<TimeRange> ranges;
};

// A subquery with a row for each partition: oid, range_from, range_to (NULL: no plain range).
inline constexpr char kPartitionRanges[] =
    "(SELECT oid, (regexp_match(bound, 'FROM \\(''([^'']+)''\\)'))[1]::timestamptz AS range_from,"
    " (regexp_match(bound, 'TO \\(''([^'']+)''\\)'))[1]::timestamptz AS range_to"
    " FROM (SELECT c.oid, pg_get_expr(c.relpartbound, c.oid) AS bound"
    "   FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    "   WHERE i.inhparent = 'time_series.frame'::regclass) AS partition)";

absl::StatusOr<Partitions> read_partitions(postgres::Connection& connection);

// Splits `range` into windows of at most `per_window` partitions, in order of time, without gaps
// where partitions touch. The first and the last window reach to the ends of `range`, so that a
// partition made meanwhile is seen. No window where no partition overlaps.
std::vector<TimeRange> split_into_windows(const Partitions& partitions, const TimeRange& range,
                                          std::size_t per_window);

}  // namespace millrace::time_series
