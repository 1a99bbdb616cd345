// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/rollup_record.h"

#include <chrono>
#include <cstdint>

#include "lib/postgres/binary.h"

namespace millrace::time_series {
namespace {

namespace binary = postgres::binary;
using aggregation::Point;
using aggregation::Summary;

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kOffsetBytes = 4;

}  // namespace

void append_rollup_record(std::string& out, const Summary& summary, time::UnixMicros quarter) {
  if (summary.count == 0) {
    out.append(kRollupRecordBytes, '\0');
    return;
  }
  binary::append_int32(out, static_cast<std::int32_t>(summary.count));
  for (const double number :
       {summary.sum, summary.squares, summary.increase, summary.integral, summary.first.value,
        summary.last.value, summary.min.value, summary.max.value}) {
    binary::append_float8(out, number);
  }
  for (const time::UnixMicros time :
       {summary.first.time, summary.last.time, summary.min.time, summary.max.time}) {
    binary::append_int32(out, static_cast<std::int32_t>((time - quarter).count()));
  }
}

Summary read_rollup_record(std::string_view bytes, time::UnixMicros quarter) {
  Summary summary;
  summary.count = binary::read_int32(bytes.substr(0, kOffsetBytes));
  if (summary.count == 0) return summary;
  std::size_t at = kOffsetBytes;
  for (double* number :
       {&summary.sum, &summary.squares, &summary.increase, &summary.integral, &summary.first.value,
        &summary.last.value, &summary.min.value, &summary.max.value}) {
    *number = binary::read_float8(bytes.substr(at, kNumberBytes));
    at += kNumberBytes;
  }
  for (Point* point : {&summary.first, &summary.last, &summary.min, &summary.max}) {
    const std::int32_t offset = binary::read_int32(bytes.substr(at, kOffsetBytes));
    point->time = quarter + std::chrono::microseconds{offset};
    at += kOffsetBytes;
  }
  return summary;
}

}  // namespace millrace::time_series
