// SPDX-License-Identifier: Apache-2.0
#include "load/load_meter.h"

#include <gtest/gtest.h>

namespace millrace::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Instant kBegin = Instant(seconds(1000));

Instant at(int ms) {
  return kBegin + milliseconds(ms);
}

TEST(LoadMeter, TheWarmUpIsNotMeasured) {
  LoadMeter meter({.warm_up = seconds(1), .measured = seconds(2)});
  meter.begin(kBegin);
  meter.start(at(100));
  meter.complete(at(100), at(150));
  meter.start(at(900));
  meter.complete(at(900), at(1100));  // completed in the measured time, started before it
  for (int ms = 1500; ms < 2500; ms += 100) {
    meter.start(at(ms));
    meter.complete(at(ms), at(ms + 10));
  }
  EXPECT_EQ(meter.completed(), 12);
  EXPECT_EQ(meter.measured(), 11);
  EXPECT_EQ(meter.latencies().count(), 10U);
  EXPECT_EQ(meter.latencies().max(), milliseconds(10));
  EXPECT_EQ(meter.measured_time(), milliseconds(1410)) << "until the last completion";
  EXPECT_NEAR(meter.per_second(), 11 / 1.41, 1e-9);
}

TEST(LoadMeter, WhatIsCompletedLateCountsForLatencyAndNotForTheRate) {
  LoadMeter meter({.measured = seconds(1)});
  meter.begin(kBegin);
  EXPECT_TRUE(meter.start(at(500)));
  EXPECT_TRUE(meter.start(at(999)));
  EXPECT_FALSE(meter.start(at(1000)));
  EXPECT_FALSE(meter.open(at(1000)));
  meter.complete(at(500), at(600));
  meter.complete(at(999), at(1999));
  EXPECT_EQ(meter.started(), 2);
  EXPECT_EQ(meter.measured(), 1);
  EXPECT_EQ(meter.measured_time(), seconds(1));
  EXPECT_EQ(meter.latencies().max(), seconds(1));
}

TEST(LoadMeter, NoMoreUploadsStartThanWereAskedFor) {
  LoadMeter meter({.uploads = 3});
  meter.begin(kBegin);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(meter.start(at(i)));
  EXPECT_FALSE(meter.start(at(3)));
  meter.complete(at(0), at(500));
  EXPECT_EQ(meter.measured_to(), Instant::max());
  EXPECT_DOUBLE_EQ(meter.per_second(), 2);
}

TEST(LoadMeter, MayBeClosedBeforeItsTime) {
  LoadMeter meter({.measured = seconds(10)});
  meter.begin(kBegin);
  EXPECT_TRUE(meter.start(at(100)));
  meter.close(at(200));
  meter.close(at(900));
  EXPECT_FALSE(meter.start(at(200)));
  meter.complete(at(100), at(300));
  EXPECT_EQ(meter.completed(), 1);
  EXPECT_EQ(meter.measured(), 0);
  EXPECT_EQ(meter.measured_to(), at(200));
}

TEST(LoadMeter, KnowsTheLongestTimeWithoutACompletion) {
  LoadMeter meter({});
  meter.begin(kBegin);
  for (const int ms : {50, 100, 2100, 2110}) {
    meter.start(at(0));
    meter.complete(at(0), at(ms));
  }
  EXPECT_EQ(meter.longest_gap(), seconds(2));
}

TEST(LoadMeter, WithNothingMeasuredHasNoRate) {
  LoadMeter meter({.warm_up = seconds(1)});
  meter.begin(kBegin);
  meter.start(at(0));
  meter.complete(at(0), at(10));
  EXPECT_EQ(meter.measured(), 0);
  EXPECT_EQ(meter.per_second(), 0);
}

TEST(SendSchedule, TakesConnectionsInTurnAndDoesNotDrift) {
  const SendSchedule schedule(kBegin, 1000, 4);
  EXPECT_EQ(schedule.due(0, 0), kBegin);
  EXPECT_EQ(schedule.due(3, 0), at(3));
  EXPECT_EQ(schedule.due(0, 1), at(4));
  const SendSchedule thirds(kBegin, 3, 1);
  EXPECT_EQ(thirds.due(0, 3'000'000), kBegin + seconds(1'000'000));
}

}  // namespace
}  // namespace millrace::load
