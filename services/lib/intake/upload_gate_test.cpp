// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/upload_gate.h"

#include <atomic>
#include <thread>
#include <vector>

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
  gate.leave(1, 60);
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

TEST(UploadGate, SeveralLeaveTogether) {
  UploadGate gate(3 * kOverhead + 60);
  for (const std::size_t body_bytes : {10U, 20U, 30U}) EXPECT_TRUE(gate.enter(body_bytes));
  gate.leave(2, 30);
  EXPECT_EQ(gate.bytes(), kOverhead + 30);
  gate.leave(1, 30);
  EXPECT_EQ(gate.bytes(), 0U);
}

TEST(UploadGate, NeverLetsMoreInThanFitFromManyThreads) {
  constexpr std::size_t kPlaces = 3;
  UploadGate gate(kPlaces * kOverhead);
  std::atomic<std::size_t> inside = 0;
  std::atomic<std::size_t> most = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20'000; ++i) {
          if (!gate.enter(0)) continue;
          const std::size_t now = ++inside;
          std::size_t seen = most.load();
          while (now > seen && !most.compare_exchange_weak(seen, now)) continue;
          --inside;
          gate.leave(1, 0);
        }
      });
    }
  }
  EXPECT_GE(most, 1U);
  EXPECT_LE(most, kPlaces);
  EXPECT_EQ(gate.bytes(), 0U);
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
  gate.leave(1, 10);
  EXPECT_TRUE(gate.wait_until_empty(kNow, clock));
}

TEST(UploadGate, WaitsForTheLastOne) {
  const time::SystemClock clock;
  UploadGate gate(10'000);
  ASSERT_TRUE(gate.enter(10));
  std::jthread leaver([&gate] { gate.leave(1, 10); });
  EXPECT_TRUE(gate.wait_until_empty(std::chrono::minutes{1}, clock));
}

}  // namespace
}  // namespace millrace::intake
