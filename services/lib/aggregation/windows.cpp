// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/windows.h"

#include <algorithm>

#include <absl/time/civil_time.h>

namespace millrace::aggregation {
namespace {

constexpr int kMonthsPerYear = 12;
constexpr int kDaysPerWeek = 7;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

absl::Time to_absl(time::UnixMicros time) {
  return absl::FromUnixMicros(time::to_unix_us(time));
}

// Summer time is ahead of standard time, in whichever half of the year it is.
int standard_offset_seconds(const absl::TimeZone& zone) {
  const auto offset = [&zone](int month) {
    return zone.At(absl::FromCivil(absl::CivilDay(2000, month, 1), absl::UTCTimeZone())).offset;
  };
  return std::min(offset(1), offset(7));
}

absl::CivilDay first_day(CalendarUnit unit, std::int64_t index) {
  switch (unit) {
    case CalendarUnit::kDay:
      return absl::CivilDay(1970, 1, 1) + index;
    case CalendarUnit::kWeek:
      return absl::CivilDay(1969, 12, 29) + index * kDaysPerWeek;
    case CalendarUnit::kMonth:
      return absl::CivilDay(absl::CivilMonth(1970, 1) + index);
    case CalendarUnit::kYear:
      return absl::CivilDay(absl::CivilYear(1970) + index);
  }
  return {};
}

std::int64_t unit_of(CalendarUnit unit, absl::CivilDay day) {
  switch (unit) {
    case CalendarUnit::kDay:
      return day - absl::CivilDay(1970, 1, 1);
    case CalendarUnit::kWeek:
      return floor_div(day - absl::CivilDay(1969, 12, 29), kDaysPerWeek);
    case CalendarUnit::kMonth:
      return (day.year() - 1970) * kMonthsPerYear + day.month() - 1;
    case CalendarUnit::kYear:
      return day.year() - 1970;
  }
  return 0;
}

}  // namespace

Windows::Windows(WindowRule rule, Span range, absl::TimeZone zone)
    : rule_(rule), range_(range), zone_(zone) {
  if (std::holds_alternative<FixedWindows>(rule_)) {
    fixed_origin_us_ = std::int64_t{-1'000'000} * standard_offset_seconds(zone_);
  }
}

Span Windows::at(time::UnixMicros time) const {
  if (const auto* fixed = std::get_if<FixedWindows>(&rule_)) {
    const std::int64_t every = fixed->every.count();
    const std::int64_t index = floor_div(time::to_unix_us(time) - fixed_origin_us_, every);
    const auto start = time::from_unix_us(fixed_origin_us_ + index * every);
    return {start, start + fixed->every};
  }
  if (const auto* calendar = std::get_if<CalendarWindows>(&rule_)) return at(*calendar, time);
  return range_;
}

Span Windows::at(const CalendarWindows& rule, time::UnixMicros time) const {
  // Where the clock goes back over midnight, a date comes a second time after the next one began.
  std::int64_t index = index_of(rule, time);
  while (start_of(rule, index) > time) --index;
  time::UnixMicros end = start_of(rule, index + 1);
  while (end <= time) end = start_of(rule, ++index + 1);
  return {start_of(rule, index), end};
}

std::int64_t Windows::index_of(const CalendarWindows& rule, time::UnixMicros time) const {
  const absl::CivilDay day(zone_.At(to_absl(time)).cs);
  return floor_div(unit_of(rule.unit, day), rule.count);
}

time::UnixMicros Windows::start_of(const CalendarWindows& rule, std::int64_t index) const {
  const absl::CivilDay day = first_day(rule.unit, index * rule.count);
  const absl::TimeZone::TimeInfo midnight = zone_.At(absl::CivilSecond(day));
  const bool skipped = midnight.kind == absl::TimeZone::TimeInfo::SKIPPED;
  return time::from_unix_us(absl::ToUnixMicros(skipped ? midnight.trans : midnight.pre));
}

std::int64_t Windows::count() const {
  if (range_.start >= range_.end) return 0;
  const time::UnixMicros last = range_.end - std::chrono::microseconds{1};
  if (const auto* fixed = std::get_if<FixedWindows>(&rule_)) {
    return (at(last).start - at(range_.start).start) / fixed->every + 1;
  }
  if (const auto* calendar = std::get_if<CalendarWindows>(&rule_)) {
    return index_of(*calendar, last) - index_of(*calendar, range_.start) + 1;
  }
  return 1;
}

}  // namespace millrace::aggregation
