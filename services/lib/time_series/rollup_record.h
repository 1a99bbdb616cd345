// SPDX-License-Identifier: Apache-2.0
//
// What a quarter of an hour of one value looks like in time_series.rollup.summaries: 84 bytes,
// big-endian as PostgreSQL's own numbers.
//
//   int4     count; 0: all other bytes are 0
//   float8   sum, squares, increase, integral (aggregation::Summary)
//   float8   first, last, min, max: their values
//   int4     first, last, min, max: their times, in microseconds from the beginning of the quarter
//
// The four records of a value's hour stand together, and values in the order of value_keys.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/aggregation/summary.h"
#include "lib/time/clock.h"

namespace millrace::time_series {

inline constexpr std::size_t kRollupRecordBytes = 84;

// All points of `summary` lie in the quarter that begins at `quarter`.
void append_rollup_record(std::string& out, const aggregation::Summary& summary,
                          time::UnixMicros quarter);
// `bytes`: kRollupRecordBytes of them.
aggregation::Summary read_rollup_record(std::string_view bytes, time::UnixMicros quarter);

}  // namespace millrace::time_series
