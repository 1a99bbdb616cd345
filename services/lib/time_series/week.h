// SPDX-License-Identifier: Apache-2.0
//
// The weeks that partitions of frames are made of: from Monday 00:00 UTC.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "lib/time/clock.h"

namespace millrace::time_series {

// The week of a moment, by its Monday.
using Week = std::chrono::sys_days;

constexpr Week week_of(time::UnixMicros time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  return day - (std::chrono::weekday(day) - std::chrono::Monday);
}

// frame_p20261123
std::string partition_name(Week week);
// The week of a table of such a name; nothing: it is another table.
std::optional<Week> week_of_partition(std::string_view name);
// 2026-11-23
std::string date_text(Week week);

}  // namespace millrace::time_series
