// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/point_estimate.h"

#include <gtest/gtest.h>

namespace millrace::time_series {
namespace {

time::UnixMicros day(int number) {
  return time::UnixMicros{std::chrono::hours{24 * number}};
}

PartitionStatistics of_day(int number, double frames, double endpoints) {
  return {{day(number), day(number + 1)}, frames, endpoints, {}, {}};
}

double estimated(const std::vector<PartitionStatistics>& partitions, std::int32_t endpoint,
                 LayoutExtent layout) {
  std::vector<LayoutExtent> layouts = {layout};
  estimate_frames(partitions, endpoint, 10, layouts);
  return layouts.front().frames;
}

TEST(PointEstimate, APartitionIsSharedByItsEndpoints) {
  EXPECT_DOUBLE_EQ(estimated({of_day(0, 1000, 4)}, 7, {1, day(0), day(1)}), 250);
}

TEST(PointEstimate, PartitionsOutsideTheExtentDoNotCount) {
  const std::vector partitions = {of_day(0, 1000, 1), of_day(1, 2000, 1), of_day(2, 4000, 1)};
  const auto hour = std::chrono::hours{1};
  EXPECT_DOUBLE_EQ(estimated(partitions, 7, {1, day(0) + hour, day(2) - hour}), 3000);
  EXPECT_DOUBLE_EQ(estimated(partitions, 7, {1, day(1), day(2)}), 6000);
}

TEST(PointEstimate, CommonEndpointsHaveTheirOwnShareAndTheOthersWhatIsLeft) {
  PartitionStatistics partition = of_day(0, 1000, 12);
  partition.common_endpoints = {3, 9};
  partition.common_shares = {0.5, 0.3};
  const LayoutExtent layout{1, day(0), day(0) + std::chrono::hours{1}, 0};
  EXPECT_DOUBLE_EQ(estimated({partition}, 3, layout), 500);
  EXPECT_DOUBLE_EQ(estimated({partition}, 9, layout), 300);
  EXPECT_NEAR(estimated({partition}, 5, layout), 20, 1e-9);
}

TEST(PointEstimate, WhatWasNotAnalysedIsSharedByAllThatAreKnown) {
  EXPECT_DOUBLE_EQ(estimated({of_day(0, 1000, 0)}, 7, {1, day(0), day(1)}), 100);
}

TEST(PointEstimate, LayoutsShareWhatTheyBothTouch) {
  std::vector<LayoutExtent> layouts = {{1, day(0), day(1), 0}, {2, day(1), day(1), 0}};
  estimate_frames({of_day(0, 100, 1), of_day(1, 1000, 1)}, 7, 1, layouts);
  EXPECT_DOUBLE_EQ(layouts[0].frames, 600);
  EXPECT_DOUBLE_EQ(layouts[1].frames, 500);
}

TEST(PointEstimate, WhatWasSeenIsTheLeast) {
  EXPECT_DOUBLE_EQ(estimated({}, 7, {1, day(0), day(0)}), 1);
  EXPECT_DOUBLE_EQ(estimated({of_day(0, 1, 100)}, 7, {1, day(0), day(1)}), 2);
}

TEST(PointEstimate, ATableHasGrownSinceItWasAnalysed) {
  EXPECT_DOUBLE_EQ(frames_in({1000, 10, 20}), 2000);
  EXPECT_DOUBLE_EQ(frames_in({-1, 0, 3}), 180);
  EXPECT_DOUBLE_EQ(frames_in({0, 0, 3}), 180);  // analysed while it was empty
  EXPECT_DOUBLE_EQ(frames_in({-1, 0, 0}), 0);
}

}  // namespace
}  // namespace millrace::time_series
