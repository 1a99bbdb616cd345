// SPDX-License-Identifier: Apache-2.0
#include "lib/log/rate_limit.h"

#include <gtest/gtest.h>

namespace millrace::log {
namespace {

using std::chrono::milliseconds;

constexpr time::Instant kStart{};

TEST(RateLimit, LetsTheFirstOfAnEventPass) {
  RateLimit limit;
  EXPECT_EQ(limit.admit("broken", kStart), 0);
  EXPECT_EQ(limit.admit("other", kStart), 0);
}

TEST(RateLimit, SwallowsTheRestOfTheSecondAndCountsIt) {
  RateLimit limit;
  limit.admit("broken", kStart);
  EXPECT_EQ(limit.admit("broken", kStart + milliseconds{1}), std::nullopt);
  EXPECT_EQ(limit.admit("broken", kStart + milliseconds{999}), std::nullopt);
  EXPECT_EQ(limit.admit("broken", kStart + milliseconds{1000}), 2);
  EXPECT_EQ(limit.admit("broken", kStart + milliseconds{2000}), 0);
}

TEST(RateLimit, KeepsABoundedNumberOfEvents) {
  RateLimit limit;
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(limit.admit("event " + std::to_string(i), kStart), 0);
  }
  // From here on all further texts share one entry.
  EXPECT_EQ(limit.admit("one more", kStart), 0);
  EXPECT_EQ(limit.admit("and another", kStart), std::nullopt);
  EXPECT_EQ(limit.admit("event 0", kStart + milliseconds{1000}), 0);
}

}  // namespace
}  // namespace millrace::log
