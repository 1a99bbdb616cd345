// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/frame_writer.h"

#include <gtest/gtest.h>

namespace millrace::time_series {
namespace {

Frame frame(std::int32_t endpoint, std::int64_t time_us, std::int32_t layout, std::int64_t seq) {
  Frame frame;
  frame.endpoint_key = endpoint;
  frame.layout_key = layout;
  frame.time = time::from_unix_us(time_us);
  frame.seq = seq;
  frame.sample = static_cast<std::uint32_t>(seq);
  return frame;
}

TEST(SortAndMerge, OrdersByWeekThenByKey) {
  const std::int64_t week_us = std::int64_t{7} * 86'400 * 1'000'000;
  std::vector<Frame> frames = {frame(1, week_us, 1, 1), frame(2, 5, 1, 2), frame(1, 5, 2, 3),
                               frame(1, 5, 1, 4), frame(1, 4, 9, 5)};
  std::vector<MergedFrame> merged;
  sort_and_merge(frames, merged);
  std::vector<std::int64_t> order;
  for (const Frame& one : frames) order.push_back(one.seq);
  EXPECT_EQ(order, (std::vector<std::int64_t>{5, 4, 3, 2, 1}));
  EXPECT_TRUE(merged.empty());
}

TEST(SortAndMerge, KeepsTheLatestOfEqualKeys) {
  std::vector<Frame> frames = {frame(1, 5, 1, 10), frame(1, 5, 1, 30), frame(1, 5, 1, 20),
                               frame(1, 5, 2, 5)};
  std::vector<MergedFrame> merged;
  sort_and_merge(frames, merged);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].seq, 30);
  EXPECT_EQ(frames[1].seq, 5);
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[0].sample, 20U);
  EXPECT_EQ(merged[1].sample, 10U);
  EXPECT_EQ(merged[0].winner, 0U);
}

}  // namespace
}  // namespace millrace::time_series
