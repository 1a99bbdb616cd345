// SPDX-License-Identifier: Apache-2.0
#include "query/key_shares.h"

#include <gtest/gtest.h>

namespace millrace::query {
namespace {

using Answer = KeyShares::Answer;

TEST(KeyShares, OneKeyLeavesPlacesToOthers) {
  KeyShares shares(4, 2);
  EXPECT_EQ(shares.enter(1), Answer::kTaken);
  EXPECT_EQ(shares.enter(1), Answer::kTaken);
  EXPECT_EQ(shares.enter(1), Answer::kShareInUse);
  EXPECT_EQ(shares.enter(2), Answer::kTaken);
  EXPECT_EQ(shares.enter(3), Answer::kTaken);
  EXPECT_EQ(shares.enter(3), Answer::kAllInUse);
  EXPECT_EQ(shares.enter(1), Answer::kShareInUse);
  shares.leave(1);
  EXPECT_EQ(shares.enter(3), Answer::kTaken);
  EXPECT_EQ(shares.enter(1), Answer::kAllInUse);
}

TEST(KeyShares, AKeyThatLeftIsForgotten) {
  KeyShares shares(1, 1);
  for (std::int64_t key = 1; key <= 3; ++key) {
    EXPECT_EQ(shares.enter(key), Answer::kTaken);
    shares.leave(key);
  }
}

}  // namespace
}  // namespace millrace::query
