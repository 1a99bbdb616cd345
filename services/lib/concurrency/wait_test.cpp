// SPDX-License-Identifier: Apache-2.0
#include "lib/concurrency/wait.h"

#include <thread>

#include <gtest/gtest.h>

namespace millrace::concurrency {
namespace {

TEST(SleepFor, EndsByItselfWhenNobodyStopsIt) {
  const std::stop_source stop;
  EXPECT_TRUE(sleep_for(stop.get_token(), std::chrono::milliseconds{1}));
}

TEST(SleepFor, ReturnsAtOnceWhenAlreadyStopped) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(sleep_for(stop.get_token(), std::chrono::hours{1}));
}

TEST(SleepFor, IsEndedByAStopRequestOfAnotherThread) {
  std::stop_source stop;
  const std::jthread stopper([&stop] { stop.request_stop(); });
  EXPECT_FALSE(sleep_for(stop.get_token(), std::chrono::hours{1}));
}

TEST(SleepFor, SleepsAlsoWithATokenThatNobodyCanStop) {
  EXPECT_TRUE(sleep_for({}, std::chrono::milliseconds{1}));
}

}  // namespace
}  // namespace millrace::concurrency
