// SPDX-License-Identifier: Apache-2.0
#include "lib/time/clock.h"

#include <gtest/gtest.h>

namespace millrace::time {
namespace {

TEST(ManualClock, StandsStillUntilMoved) {
  ManualClock clock(from_unix_us(1'000'000));
  const Instant before = clock.instant();
  EXPECT_EQ(to_unix_us(clock.now()), 1'000'000);
  EXPECT_EQ(clock.instant(), before);
  clock.advance(std::chrono::milliseconds{2});
  EXPECT_EQ(to_unix_us(clock.now()), 1'002'000);
  EXPECT_EQ(clock.instant() - before, std::chrono::milliseconds{2});
}

TEST(SystemClock, NeverRunsBackwards) {
  const SystemClock clock;
  const Instant before = clock.instant();
  EXPECT_LE(before, clock.instant());
  // Later than the day this line was written.
  EXPECT_GT(to_unix_us(clock.now()), 1'790'000'000'000'000);
}

}  // namespace
}  // namespace millrace::time
