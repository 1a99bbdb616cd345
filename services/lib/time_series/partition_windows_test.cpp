// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/partition_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

time::UnixMicros at(std::int64_t us) {
  return time::from_unix_us(us);
}
TimeRange range(std::int64_t from, std::int64_t to) {
  return {at(from), at(to)};
}

Partitions tens(std::int64_t from, std::int64_t to) {
  Partitions partitions{true, {}};
  for (std::int64_t start = from; start < to; start += 10) {
    partitions.ranges.push_back(range(start, start + 10));
  }
  return partitions;
}

TEST(PartitionWindows, OneWindowHoldsAsManyPartitionsAsAllowed) {
  EXPECT_THAT(split_into_windows(tens(0, 60), range(5, 55), 6), ElementsAre(range(5, 55)));
}

TEST(PartitionWindows, WindowsTouchAtThePartitionsBorders) {
  EXPECT_THAT(split_into_windows(tens(0, 60), range(5, 55), 2),
              ElementsAre(range(5, 20), range(20, 40), range(40, 55)));
}

TEST(PartitionWindows, TheEndsReachBeyondThePartitionsThatExist) {
  EXPECT_THAT(split_into_windows(tens(100, 130), range(0, 1000), 2),
              ElementsAre(range(0, 120), range(120, 1000)));
}

TEST(PartitionWindows, PartitionsOutsideTheRangeDoNotCount) {
  EXPECT_THAT(split_into_windows(tens(0, 100), range(30, 50), 2), ElementsAre(range(30, 50)));
}

TEST(PartitionWindows, AGapBetweenPartitionsMayLieBetweenWindows) {
  Partitions partitions{true, {range(0, 10), range(50, 60)}};
  EXPECT_THAT(split_into_windows(partitions, range(0, 60), 1),
              ElementsAre(range(0, 10), range(50, 60)));
}

TEST(PartitionWindows, NoPartitionInTheRangeGivesNoWindow) {
  EXPECT_THAT(split_into_windows(tens(0, 60), range(60, 90), 2), IsEmpty());
  EXPECT_THAT(split_into_windows(Partitions{true, {}}, range(60, 90), 2), IsEmpty());
}

TEST(PartitionWindows, AnEmptyRangeGivesNoWindow) {
  EXPECT_THAT(split_into_windows(tens(0, 60), range(20, 20), 2), IsEmpty());
  EXPECT_THAT(split_into_windows(tens(0, 60), range(30, 20), 2), IsEmpty());
}

TEST(PartitionWindows, WithoutRangePartitionsThereIsOneWindow) {
  EXPECT_THAT(split_into_windows(Partitions{}, range(20, 70), 2), ElementsAre(range(20, 70)));
}

}  // namespace
}  // namespace millrace::time_series
