// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/unknown_limit.h"

#include <gtest/gtest.h>

namespace millrace::registry_client {
namespace {

TEST(UnknownLimit, HasRoomUntilSoManyWereUnknownInASecond) {
  time::ManualClock clock;
  UnknownLimit limit(2);
  EXPECT_TRUE(limit.has_room(clock.instant()));
  limit.count_unknown(clock.instant());
  EXPECT_TRUE(limit.has_room(clock.instant()));
  limit.count_unknown(clock.instant());
  EXPECT_FALSE(limit.has_room(clock.instant()));
  clock.advance(std::chrono::milliseconds{500});
  EXPECT_TRUE(limit.has_room(clock.instant()));
}

TEST(UnknownLimit, RecoversWithinTwoSecondsHoweverManyWereUnknownAtOnce) {
  time::ManualClock clock;
  UnknownLimit limit(100);
  for (int i = 0; i < 10'000; ++i) limit.count_unknown(clock.instant());
  EXPECT_FALSE(limit.has_room(clock.instant()));
  clock.advance(std::chrono::seconds{2});
  EXPECT_TRUE(limit.has_room(clock.instant()));
}

}  // namespace
}  // namespace millrace::registry_client
