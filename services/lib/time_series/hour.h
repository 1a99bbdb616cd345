// SPDX-License-Identifier: Apache-2.0
//
// The hours and quarters of an hour that rollups are made of, from 1970-01-01 00:00 UTC on. Weeks
// of partitions begin at one.
#pragma once

#include <chrono>
#include <cstdint>

#include "lib/aggregation/chart.h"
#include "lib/time/clock.h"

namespace millrace::time_series {

// By its beginning.
using Hour = std::chrono::sys_time<std::chrono::hours>;

// Those that pictures are made of.
using aggregation::kQuarter;
inline constexpr std::size_t kQuartersPerHour = 4;

constexpr Hour hour_of(time::UnixMicros time) {
  return std::chrono::floor<std::chrono::hours>(time);
}
// 0 to 3.
constexpr std::size_t quarter_of(time::UnixMicros time) {
  return static_cast<std::size_t>((time - hour_of(time)) / kQuarter);
}
constexpr time::UnixMicros begin_of_quarter(Hour hour, std::size_t quarter) {
  return time::UnixMicros(hour) + kQuarter * static_cast<int>(quarter);
}

// As the tables have it.
constexpr std::int32_t hour_number(Hour hour) {
  return static_cast<std::int32_t>(hour.time_since_epoch().count());
}
constexpr Hour hour_of_number(std::int32_t number) {
  return Hour{std::chrono::hours{number}};
}

}  // namespace millrace::time_series
