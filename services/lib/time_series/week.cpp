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

std::string date_text(Week week) {
  const Date date = date_of(week);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

}  // namespace millrace::time_series
