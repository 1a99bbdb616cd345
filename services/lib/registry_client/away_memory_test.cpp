// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/away_memory.h"

#include <gtest/gtest.h>

namespace millrace::registry_client {
namespace {

using std::chrono::milliseconds;

class AwayMemoryTest : public testing::Test {
 protected:
  bool may_ask() { return away_.may_ask(clock_.instant()); }

  time::ManualClock clock_;
  AwayMemory away_{milliseconds{2000}};
};

TEST_F(AwayMemoryTest, WhileTheRegistryAnswersEverybodyMayAsk) {
  EXPECT_TRUE(may_ask());
  EXPECT_TRUE(may_ask());
}

TEST_F(AwayMemoryTest, AfterAFailureNobodyAsksForASecond) {
  away_.failed(clock_.instant());
  clock_.advance(milliseconds{999});
  EXPECT_FALSE(may_ask());
}

TEST_F(AwayMemoryTest, ThenOneAsksForAll) {
  away_.failed(clock_.instant());
  clock_.advance(milliseconds{1000});
  EXPECT_TRUE(may_ask());
  EXPECT_FALSE(may_ask());
}

TEST_F(AwayMemoryTest, WhenItIsNeverHeardOfAgainAnotherAsks) {
  away_.failed(clock_.instant());
  clock_.advance(milliseconds{1000});
  EXPECT_TRUE(may_ask());
  clock_.advance(milliseconds{3000});
  EXPECT_TRUE(may_ask());
}

TEST_F(AwayMemoryTest, AnAnswerEndsIt) {
  away_.failed(clock_.instant());
  away_.answered();
  EXPECT_TRUE(may_ask());
  EXPECT_TRUE(may_ask());
}

}  // namespace
}  // namespace millrace::registry_client
