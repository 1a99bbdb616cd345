// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/connection_count.h"

#include <thread>

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

using namespace std::chrono_literals;

TEST(ConnectionCountTest, NoMoreThanTheBoundEnter) {
  ConnectionCount count(2);
  EXPECT_TRUE(count.try_enter());
  EXPECT_TRUE(count.try_enter());
  EXPECT_FALSE(count.try_enter());
  count.leave();
  EXPECT_TRUE(count.try_enter());
  EXPECT_EQ(count.open(), 2U);
}

TEST(ConnectionCountTest, WaitingEndsWithTheLastThatLeaves) {
  const time::SystemClock clock;
  ConnectionCount count(2);
  EXPECT_TRUE(count.wait_for_none(clock, 0ms));
  count.try_enter();
  count.try_enter();
  EXPECT_FALSE(count.wait_for_none(clock, 0ms));
  std::jthread leaving([&] {
    count.leave();
    count.leave();
  });
  EXPECT_TRUE(count.wait_for_none(clock, 1h));
}

}  // namespace
}  // namespace millrace::mqtt_receiver
