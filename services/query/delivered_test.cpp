// SPDX-License-Identifier: Apache-2.0
#include "query/delivered.h"

#include <gtest/gtest.h>

namespace millrace::query {
namespace {

constexpr ValueKey kA = 1;
constexpr ValueKey kB = 2;
const time::UnixMicros kNow = time::from_unix_us(1000);
const time::UnixMicros kThen = time::from_unix_us(2000);

TEST(Delivered, TakesEachWriteOnceWhicheverWayItComes) {
  Delivered delivered(10);
  EXPECT_TRUE(delivered.take_event(kA, kNow, 10));
  EXPECT_FALSE(delivered.take_event(kA, kNow, 10));
  EXPECT_FALSE(delivered.take_row(kA, kNow, 10));
  EXPECT_TRUE(delivered.take_row(kB, kNow, 10));
  EXPECT_FALSE(delivered.take_event(kB, kNow, 10));
  EXPECT_TRUE(delivered.take_event(kA, kThen, 10));
}

TEST(Delivered, TakesNoOlderWriteAfterANewerOne) {
  Delivered delivered(0);
  EXPECT_TRUE(delivered.take_event(kA, kNow, 7));
  EXPECT_FALSE(delivered.take_event(kA, kNow, 5));
  EXPECT_FALSE(delivered.take_row(kA, kNow, 6));
  EXPECT_TRUE(delivered.take_row(kA, kNow, 8));
}

TEST(Delivered, WhatIsBelowTheFloorHasBeenDelivered) {
  Delivered delivered(10);
  EXPECT_FALSE(delivered.take_event(kA, kNow, 9));
  EXPECT_FALSE(delivered.take_row(kA, kNow, 9));
}

TEST(Delivered, AReadingDeliversWhatWasStoredBeforeItBegan) {
  Delivered delivered(10);
  EXPECT_TRUE(delivered.take_event(kA, kNow, 12));
  delivered.begin_reading(20);
  EXPECT_FALSE(delivered.take_event(kB, kNow, 19)) << "the reading will find it";
  EXPECT_TRUE(delivered.take_event(kB, kNow, 20));
  EXPECT_FALSE(delivered.take_row(kA, kNow, 12)) << "came as an event";
  EXPECT_TRUE(delivered.take_row(kA, kThen, 11));
  EXPECT_FALSE(delivered.take_row(kB, kNow, 15)) << "a newer one came as an event";
  EXPECT_EQ(delivered.below(), 10);
  delivered.end_reading();
  EXPECT_EQ(delivered.below(), 20);
  EXPECT_EQ(delivered.size(), 1U);
  EXPECT_FALSE(delivered.take_event(kB, kNow, 20));
}

TEST(Delivered, RemembersOfAReadingOnlyWhatAnEventMayBringAgain) {
  Delivered delivered(0);
  delivered.begin_reading(20);
  EXPECT_TRUE(delivered.take_row(kA, kNow, 5));
  EXPECT_EQ(delivered.size(), 0U);
  EXPECT_TRUE(delivered.take_row(kB, kNow, 21));
  EXPECT_EQ(delivered.size(), 1U);
}

TEST(Delivered, AReadingGoesNeverBackward) {
  Delivered delivered(30);
  delivered.begin_reading(20);
  EXPECT_EQ(delivered.reading_below(), 30);
  delivered.begin_reading(40);
  delivered.begin_reading(35);
  EXPECT_EQ(delivered.reading_below(), 40);
}

TEST(Delivered, AnAdvanceForgetsWhatItCovers) {
  Delivered delivered(0);
  EXPECT_TRUE(delivered.take_event(kA, kNow, 5));
  EXPECT_TRUE(delivered.take_event(kB, kNow, 6));
  delivered.advance(6);
  delivered.advance(3);
  EXPECT_EQ(delivered.below(), 6);
  EXPECT_EQ(delivered.entries(), std::vector<Delivered::Entry>({{kB, kNow, 6}}));
  const Delivered again(delivered.below(), delivered.entries());
  EXPECT_EQ(again.entries(), delivered.entries());
}

}  // namespace
}  // namespace millrace::query
