// SPDX-License-Identifier: Apache-2.0
//
// How a range of time is divided into windows. Pure; safe to use from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <variant>

#include <absl/time/time.h>

#include "lib/time/clock.h"

namespace millrace::aggregation {

// Half-open: start <= time < end.
struct Span {
  time::UnixMicros start;
  time::UnixMicros end;
  bool operator==(const Span&) const = default;
};

// One window, the range itself.
struct WholeRange {};

// All equally long, 1 ms to 100 years. They begin at whole multiples since 1970-01-01T00:00:00 of a
// clock that always shows the time zone's standard time of the year 2000: a clock that is never set
// forward or back, near enough to the one on the wall. (The offset of 1970 would be an odd one in
// many zones: London kept summer time all year, Monrovia was 44 minutes and 30 seconds behind.)
struct FixedWindows {
  std::chrono::microseconds every{0};
};

enum class CalendarUnit { kDay, kWeek, kMonth, kYear };

// From the first instant of a local date to that of another one; a day has 23 to 25 hours, seldom
// others. A midnight that the clock skips is where it goes on; of one that it shows twice the first
// counts. A date that a zone left out (Apia, 2011-12-30) has no window.
struct CalendarWindows {
  CalendarUnit unit = CalendarUnit::kDay;
  // Units in a window, 1 to 1000. Counted from 1970, weeks from Monday 1969-12-29.
  std::int64_t count = 1;
};

using WindowRule = std::variant<WholeRange, FixedWindows, CalendarWindows>;

class Windows {
 public:
  // Times of the years 1 to 9999.
  Windows(WindowRule rule, Span range, absl::TimeZone zone);

  const Span& range() const { return range_; }
  // The window of a time of the range; its ends may lie outside the range.
  Span at(time::UnixMicros time) const;
  // How many windows the range touches; a little more where the calendar left dates out.
  std::int64_t count() const;

 private:
  std::int64_t index_of(const CalendarWindows& rule, time::UnixMicros time) const;
  time::UnixMicros start_of(const CalendarWindows& rule, std::int64_t index) const;
  Span at(const CalendarWindows& rule, time::UnixMicros time) const;

  WindowRule rule_;
  Span range_;
  absl::TimeZone zone_;
  std::int64_t fixed_origin_us_ = 0;
};

}  // namespace millrace::aggregation
