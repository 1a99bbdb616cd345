// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/week.h"

#include <fmt/format.h>

namespace millrace::time_series {
namespace {

struct Date {
  int year;
  unsigned month;
  unsigned day;
};

Date date_of(Week week) {
  const std::chrono::year_month_day date(week);
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day())};
}

}  // namespace

std::string partition_name(Week week) {
  const Date date = date_of(week);
  return fmt::format("frame_p{:04}{:02}{:02}", date.year, date.month, date.day);
}

std::optional<Week> week_of_partition(std::string_view name) {
  constexpr std::string_view kPrefix = "frame_p";
  constexpr std::size_t kDigits = 8;
  if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + kDigits) return std::nullopt;
  int date = 0;
  for (const char digit : name.substr(kPrefix.size())) {
    if (digit < '0' || digit > '9') return std::nullopt;
    date = date * 10 + (digit - '0');
  }
  const std::chrono::year_month_day day(std::chrono::year(date / 10'000),
                                        std::chrono::month(static_cast<unsigned>(date / 100 % 100)),
                                        std::chrono::day(static_cast<unsigned>(date % 100)));
  if (!day.ok() || partition_name(week_of(time::UnixMicros(Week(day)))) != name) {
    return std::nullopt;
  }
  return Week(day);
}

std::string date_text(Week week) {
  const Date date = date_of(week);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

}  // namespace millrace::time_series
