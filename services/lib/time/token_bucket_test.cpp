// SPDX-License-Identifier: Apache-2.0
#include "lib/time/token_bucket.h"

#include <gtest/gtest.h>

namespace millrace::time {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class TokenBucketTest : public testing::Test {
 protected:
  nanoseconds take() { return bucket_.take(rate_, clock_.instant()); }
  int take_all() {
    int taken = 0;
    while (take() == nanoseconds{0}) ++taken;
    return taken;
  }

  ManualClock clock_;
  BucketRate rate_{.per_second = 10, .burst = 3};
  TokenBucket bucket_;
};

TEST_F(TokenBucketTest, IsFullAtFirstAndAfterAPause) {
  EXPECT_EQ(take_all(), 3);
  clock_.advance(seconds{100});
  EXPECT_EQ(take_all(), 3);
}

TEST_F(TokenBucketTest, SaysHowLongToWaitAndThatIsEnough) {
  take_all();
  EXPECT_EQ(take(), milliseconds{100});
  clock_.advance(milliseconds{40});
  EXPECT_NEAR(static_cast<double>(take().count()), 60e6, 10);
  clock_.advance(milliseconds{60});
  EXPECT_TRUE(bucket_.has_one(rate_, clock_.instant()));
  EXPECT_EQ(take(), nanoseconds{0});
  EXPECT_FALSE(bucket_.has_one(rate_, clock_.instant()));
}

TEST_F(TokenBucketTest, LetsThroughItsRateWhateverIsTried) {
  int taken = 0;
  for (int i = 0; i < 10'000; ++i) {
    clock_.advance(milliseconds{1});
    taken += take() == nanoseconds{0} ? 1 : 0;
  }
  EXPECT_NEAR(taken, 100 + 3, 1);
}

TEST_F(TokenBucketTest, MayLetOneThroughInALongTime) {
  rate_ = {.per_second = 0.001, .burst = 1};
  EXPECT_EQ(take_all(), 1);
  EXPECT_NEAR(std::chrono::duration<double>(take()).count(), 1000, 1e-6);
  rate_.per_second = 1e-30;
  EXPECT_GT(take(), seconds{1'000}) << "no overflow";
}

TEST_F(TokenBucketTest, ARateThatChangesCountsAtOnce) {
  rate_ = {.per_second = 1, .burst = 100};
  EXPECT_EQ(take(), nanoseconds{0});
  rate_ = {.per_second = 1, .burst = 2};
  EXPECT_EQ(take_all(), 2);
  rate_.per_second = 1'000;
  EXPECT_EQ(take(), milliseconds{1});
}

TEST_F(TokenBucketTest, WhatIsGivenBackCanBeTakenAgainButFillsNoMoreThanFull) {
  take_all();
  bucket_.give_back(rate_);
  EXPECT_EQ(take_all(), 1);
  for (int i = 0; i < 10; ++i) bucket_.give_back(rate_);
  EXPECT_EQ(take_all(), 3);
}

TEST_F(TokenBucketTest, ChargesLeaveABoundedDebt) {
  for (int i = 0; i < 100; ++i) bucket_.charge(rate_, clock_.instant());
  EXPECT_FALSE(bucket_.has_one(rate_, clock_.instant()));
  clock_.advance(milliseconds{390});
  EXPECT_FALSE(bucket_.has_one(rate_, clock_.instant()));
  clock_.advance(milliseconds{10});
  EXPECT_TRUE(bucket_.has_one(rate_, clock_.instant())) << "three of debt and one";
}

TEST_F(TokenBucketTest, TimeThatGoesBackChangesNothing) {
  take_all();
  const Instant now = clock_.instant();
  EXPECT_GT(bucket_.take(rate_, now - seconds{10}), nanoseconds{0});
  EXPECT_GT(bucket_.take(rate_, now), nanoseconds{0});
}

}  // namespace
}  // namespace millrace::time
