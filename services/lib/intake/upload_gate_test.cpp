// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/upload_gate.h"

#include <thread>

#include <gtest/gtest.h>

namespace millrace::intake {
namespace {

constexpr std::size_t kOverhead = UploadGate::kUploadOverheadBytes;
constexpr std::chrono::milliseconds kNow{0};

TEST(UploadGate, RefusesWhatDoesNotFitBesideTheOthers) {
  UploadGate gate(2 * kOverhead + 100);
  EXPECT_TRUE(gate.enter(60));
  EXPECT_FALSE(gate.enter(41));
  EXPECT_TRUE(gate.enter(40));
  EXPECT_FALSE(gate.enter(0));
  gate.leave(60);
  EXPECT_TRUE(gate.enter(60));
}

TEST(UploadGate, ChargesTinyUploadsForTheirOverhead) {
  UploadGate gate(3 * kOverhead);
  EXPECT_TRUE(gate.enter(0));
  EXPECT_TRUE(gate.enter(0));
  EXPECT_TRUE(gate.enter(0));
  EXPECT_FALSE(gate.enter(0));
  EXPECT_EQ(gate.bytes(), 3 * kOverhead);
}

TEST(UploadGate, RefusesAnUploadBiggerThanItself) {
  UploadGate gate(100);
  EXPECT_FALSE(gate.enter(1));
  EXPECT_EQ(gate.bytes(), 0U);
}

TEST(UploadGate, IsEmptyWhenEverybodyLeft) {
  const time::ManualClock clock;
  UploadGate gate(10'000);
  EXPECT_TRUE(gate.wait_until_empty(kNow, clock));
  ASSERT_TRUE(gate.enter(10));
  EXPECT_FALSE(gate.wait_until_empty(kNow, clock));
  gate.leave(10);
  EXPECT_TRUE(gate.wait_until_empty(kNow, clock));
}

TEST(UploadGate, WaitsForTheLastOne) {
  const time::SystemClock clock;
  UploadGate gate(10'000);
  ASSERT_TRUE(gate.enter(10));
  std::jthread leaver([&gate] { gate.leave(10); });
  EXPECT_TRUE(gate.wait_until_empty(std::chrono::minutes{1}, clock));
}

}  // namespace
}  // namespace millrace::intake
