// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/storm_limit.h"

#include <gtest/gtest.h>

namespace millrace::registry_client {
namespace {

using std::chrono::milliseconds;

TEST(StormLimit, OneNameDoesNotUseUpTheRoomOfOthers) {
  time::ManualClock clock;
  StormLimit limit(100, 3, 10);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(limit.has_room("pump", clock.instant()));
    limit.count_refused("pump", clock.instant());
  }
  EXPECT_FALSE(limit.has_room("pump", clock.instant()));
  EXPECT_TRUE(limit.has_room("valve", clock.instant()));
  clock.advance(milliseconds{400});
  EXPECT_TRUE(limit.has_room("pump", clock.instant())) << "three a second";
}

TEST(StormLimit, ManyNamesHaveALimitTogether) {
  time::ManualClock clock;
  StormLimit limit(5, 3, 10);
  for (int i = 0; i < 5; ++i) limit.count_refused("name " + std::to_string(i), clock.instant());
  EXPECT_FALSE(limit.has_room("another", clock.instant()));
  EXPECT_FALSE(limit.has_room("", clock.instant())) << "a certificate";
  clock.advance(milliseconds{200});
  EXPECT_TRUE(limit.has_room("another", clock.instant()));
}

TEST(StormLimit, RemembersTheNamesThatFailedLast) {
  time::ManualClock clock;
  StormLimit limit(1000, 1, 2);
  limit.count_refused("one", clock.instant());
  limit.count_refused("two", clock.instant());
  EXPECT_FALSE(limit.has_room("one", clock.instant()));
  limit.count_refused("three", clock.instant());
  EXPECT_TRUE(limit.has_room("two", clock.instant())) << "pushed out: used longest ago";
  EXPECT_FALSE(limit.has_room("three", clock.instant()));
}

}  // namespace
}  // namespace millrace::registry_client
