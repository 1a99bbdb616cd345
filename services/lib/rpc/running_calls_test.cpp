// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/running_calls.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace millrace::rpc {
namespace {

constexpr std::chrono::hours kLong{1};

TEST(RunningCalls, NobodyWaitsWhenNoneRun) {
  RunningCalls calls;
  calls.wait_until_none(kLong);
  calls.enter();
  calls.leave();
  calls.wait_until_none(kLong);
}

TEST(RunningCalls, TheLastOneToLeaveEndsTheWait) {
  RunningCalls calls;
  calls.enter();
  calls.enter();
  std::atomic<int> left = 0;
  std::jthread two([&] {
    for (int i = 0; i < 2; ++i) {
      ++left;
      calls.leave();
    }
  });
  calls.wait_until_none(kLong);
  EXPECT_EQ(left, 2);
}

TEST(RunningCalls, TheWaitHasAnEnd) {
  RunningCalls calls;
  calls.enter();
  calls.wait_until_none(std::chrono::milliseconds{1});
  calls.leave();
}

}  // namespace
}  // namespace millrace::rpc
