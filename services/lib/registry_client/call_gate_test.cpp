// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/call_gate.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace millrace::registry_client {
namespace {

TEST(CallGate, LetsCallsInUntilItIsClosed) {
  CallGate gate;
  EXPECT_TRUE(gate.enter());
  gate.leave();
  gate.close();
  EXPECT_FALSE(gate.enter());
}

TEST(CallGate, ClosingWaitsForACallInside) {
  CallGate gate;
  ASSERT_TRUE(gate.enter());
  std::atomic<bool> left{false};
  std::jthread caller([&] {
    left = true;
    gate.leave();
  });
  gate.close();
  EXPECT_TRUE(left);
}

}  // namespace
}  // namespace millrace::registry_client
