// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/week.h"

#include <gtest/gtest.h>

namespace millrace::time_series {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using namespace std::chrono_literals;

TEST(Week, BeginsOnMondayAtMidnightUtc) {
  const auto monday = sys_days(2026y / 11 / 23);
  EXPECT_EQ(week_of(time::UnixMicros(monday)), monday);
  EXPECT_EQ(week_of(time::UnixMicros(monday) - 1us), monday - days(7));
  EXPECT_EQ(week_of(time::UnixMicros(monday + days(7)) - 1us), monday);
  EXPECT_EQ(week_of(time::UnixMicros(sys_days(1969y / 12 / 31))), sys_days(1969y / 12 / 29));
}

TEST(Week, NamesItsPartition) {
  EXPECT_EQ(partition_name(sys_days(2026y / 11 / 23)), "frame_p20261123");
  EXPECT_EQ(date_text(sys_days(2027y / 1 / 4)), "2027-01-04");
}

TEST(Week, IsFoundInTheNameOfAPartitionAlone) {
  EXPECT_EQ(week_of_partition("frame_p20261123"), sys_days(2026y / 11 / 23));
  for (const char* other : {"frame_p20261124", "frame_p20261323", "frame_p2026112", "frame",
                            "frame_p202611231", "frame_p2026112x", "frame_q20261123", ""}) {
    EXPECT_FALSE(week_of_partition(other)) << other;
  }
}

}  // namespace
}  // namespace millrace::time_series
