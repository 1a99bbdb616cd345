// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/hour.h"

#include <gtest/gtest.h>

#include "lib/time_series/week.h"

namespace millrace::time_series {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;

TEST(Hour, IsWholeSince1970AlsoBefore) {
  EXPECT_EQ(hour_number(hour_of(time::from_unix_us(0))), 0);
  EXPECT_EQ(hour_number(hour_of(time::from_unix_us(3'599'999'999))), 0);
  EXPECT_EQ(hour_number(hour_of(time::from_unix_us(3'600'000'000))), 1);
  EXPECT_EQ(hour_number(hour_of(time::from_unix_us(-1))), -1);
  EXPECT_EQ(hour_of_number(-1), Hour{hours{-1}});
}

TEST(Hour, HasFourQuarters) {
  const Hour hour = hour_of_number(498'000);
  for (std::size_t quarter = 0; quarter < kQuartersPerHour; ++quarter) {
    const time::UnixMicros begin = begin_of_quarter(hour, quarter);
    EXPECT_EQ(quarter_of(begin), quarter);
    EXPECT_EQ(quarter_of(begin + kQuarter - microseconds{1}), quarter);
  }
  EXPECT_EQ(begin_of_quarter(hour, 3) - time::UnixMicros(hour), minutes{45});
  EXPECT_EQ(quarter_of(time::from_unix_us(-1)), 3U);
}

TEST(Hour, WeeksBeginAtOne) {
  const Week week = week_of(time::from_unix_us(1'793'491'200'000'000));
  EXPECT_EQ(time::UnixMicros(Hour(week)), time::UnixMicros(week));
}

}  // namespace
}  // namespace millrace::time_series
