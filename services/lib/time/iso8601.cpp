// SPDX-License-Identifier: Apache-2.0
#include "lib/time/iso8601.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace millrace::time {
namespace {

constexpr std::int64_t kSecondsOfDay = 86'400;
// The calendar repeats itself after so many years and days.
constexpr std::int64_t kCycleYears = 400;
constexpr std::int64_t kCycleDays = 146'097;
// Half of what microseconds in an int64 reach, so that sums with the result do not overflow.
constexpr std::int64_t kFarthestSecond = (std::int64_t{1} << 62) / 1'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Days since 1970-01-01. chrono knows fewer years than may be written: the day is looked up in the
// cycle of the year 2000, which chrono has.
std::optional<std::int64_t> days_of(std::int64_t year, std::chrono::month_day day) {
  const std::int64_t cycle = (year >= 0 ? year : year - kCycleYears + 1) / kCycleYears;
  const std::chrono::year like{static_cast<int>(2000 + year - cycle * kCycleYears)};
  const std::chrono::year_month_day date = like / day.month() / day.day();
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() +
         (cycle - 2000 / kCycleYears) * kCycleDays;
}

// Day `number` of the year, from 1.
std::optional<std::int64_t> ordinal_day(std::int64_t year, int number) {
  const std::int64_t first = *days_of(year, std::chrono::January / 1);
  const std::int64_t next = *days_of(year + 1, std::chrono::January / 1);
  const std::int64_t day = first + number - 1;
  return number >= 1 && day < next ? std::optional(day) : std::nullopt;
}

// Monday of week 1: the week that has January 4th. Day 0 of 1970 was a Thursday.
std::int64_t first_monday(std::int64_t year) {
  const std::int64_t fourth = *days_of(year, std::chrono::January / 4);
  return fourth - ((fourth + 3) % 7 + 7) % 7;
}

std::optional<std::int64_t> week_day(std::int64_t year, int week, int day) {
  if (week < 1 || day < 1 || day > 7) return std::nullopt;
  const std::int64_t monday = first_monday(year) + std::int64_t{week - 1} * 7;
  return monday < first_monday(year + 1) ? std::optional(monday + day - 1) : std::nullopt;
}

struct TimeOfDay {
  int hour = 0;
  int minute = 0;
  int second = 0;
  int microsecond = 0;

  bool is_end_of_day() const { return hour == 24 && minute + second + microsecond == 0; }
  std::int64_t seconds() const { return (hour * 60 + minute) * 60 + second; }
};

// Takes the text apart from left to right. Nothing, or false: it goes on otherwise.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  std::optional<std::int64_t> day();
  std::optional<TimeOfDay> time_of_day();
  // Seconds east of UTC.
  std::optional<std::int64_t> zone();

 private:
  bool next_is_digit() const { return !rest_.empty() && is_digit(rest_.front()); }
  bool take_any_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::size_t digits_ahead() const {
    return static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), is_digit) -
                                    rest_.begin());
  }
  // Exactly so many, or -1.
  int digits(std::size_t count) {
    if (digits_ahead() < count) return -1;
    int number = 0;
    for (const char c : rest_.substr(0, count)) number = number * 10 + (c - '0');
    rest_.remove_prefix(count);
    return number;
  }
  std::optional<std::int64_t> day_of_week(std::int64_t year, bool extended);
  bool take_fraction(int& microsecond);

  std::string_view rest_;
};

std::optional<std::int64_t> Reader::day() {
  const bool negative = !rest_.empty() && rest_.front() == '-';
  const bool expanded = take_any_of("+-");
  const int digits_of_year = digits(expanded ? 6 : 4);
  if (digits_of_year < 0 || (negative && digits_of_year == 0)) return std::nullopt;
  const std::int64_t year = negative ? -digits_of_year : digits_of_year;
  const bool extended = take_any_of("-");
  if (take_any_of("Ww")) return day_of_week(year, extended);
  if (digits_ahead() == 3) return ordinal_day(year, digits(3));
  const int month = digits(2);
  if (extended && !take_any_of("-")) return std::nullopt;
  const int day = digits(2);
  if (month < 0 || day < 0) return std::nullopt;
  return days_of(year, std::chrono::month(static_cast<unsigned>(month)) /
                           std::chrono::day(static_cast<unsigned>(day)));
}

std::optional<std::int64_t> Reader::day_of_week(std::int64_t year, bool extended) {
  const int week = digits(2);
  if (extended && !take_any_of("-")) return std::nullopt;
  return week_day(year, week, digits(1));
}

std::optional<TimeOfDay> Reader::time_of_day() {
  TimeOfDay time;
  if (done()) return time;
  if (!take_any_of("Tt ")) return std::nullopt;
  time.hour = digits(2);
  const bool extended = take_any_of(":");
  if (extended || next_is_digit()) {
    time.minute = digits(2);
    if (extended ? take_any_of(":") : next_is_digit()) {
      time.second = digits(2);
      if (!take_fraction(time.microsecond)) return std::nullopt;
    }
  }
  const bool possible = time.hour >= 0 && time.minute >= 0 && time.second >= 0 &&
                        time.minute < 60 && time.second <= 60 &&
                        (time.hour < 24 || time.is_end_of_day());
  return possible ? std::optional(time) : std::nullopt;
}

// Of any length; what is finer than a microsecond is cut off, which is towards the past also before
// 1970, because the seconds count from the day's beginning.
bool Reader::take_fraction(int& microsecond) {
  if (!take_any_of(".,")) return true;
  const std::size_t length = digits_ahead();
  int unit = 100'000;
  for (const char c : rest_.substr(0, length)) {
    microsecond += unit * (c - '0');
    unit /= 10;
  }
  rest_.remove_prefix(length);
  return length > 0;
}

std::optional<std::int64_t> Reader::zone() {
  if (done()) return 0;
  take_any_of(" ");
  if (take_any_of("Zz")) return 0;
  const bool west = !rest_.empty() && rest_.front() == '-';
  if (!take_any_of("+-")) return std::nullopt;
  const int hour = digits(2);
  const int minute = done() ? 0 : (take_any_of(":"), digits(2));
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  const std::int64_t seconds = std::int64_t{hour * 60 + minute} * 60;
  return west ? -seconds : seconds;
}

}  // namespace

std::optional<UnixMicros> parse_iso8601(std::string_view text) {
  Reader reader(text);
  const auto day = reader.day();
  if (!day) return std::nullopt;
  const auto time = reader.time_of_day();
  if (!time) return std::nullopt;
  const auto zone = reader.zone();
  if (!zone || !reader.done()) return std::nullopt;
  const std::int64_t second = *day * kSecondsOfDay + time->seconds() - *zone;
  // A leap second is the first of the next day, which `second` is already: docs/decisions/0011.
  // There is none but at a day's end, UTC.
  if (time->second == 60 && second % kSecondsOfDay != 0) return std::nullopt;
  return from_unix_us(std::clamp(second, -kFarthestSecond, kFarthestSecond) * 1'000'000 +
                      time->microsecond);
}

}  // namespace millrace::time
