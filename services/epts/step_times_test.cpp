// SPDX-License-Identifier: Apache-2.0
#include "epts/step_times.h"

#include <chrono>

#include <gtest/gtest.h>

namespace millrace::epts {
namespace {

TEST(StepTimesTest, AddsUpTheTimeOfEachStep) {
  metrics::Registry metrics;
  time::ManualClock clock;
  const StepTimes times(metrics, clock);
  for (int i = 0; i < 2; ++i) {
    const StepTimes::Scope scope(times, Step::kStore);
    clock.advance(std::chrono::milliseconds(250));
  }
  {
    const StepTimes::Scope scope(times, Step::kDecode);
    clock.advance(std::chrono::seconds(2));
  }
  const auto value = [&](const char* step) {
    return metrics.counter("millrace_epts_step_seconds_total", "", {{"step", step}}).value();
  };
  EXPECT_DOUBLE_EQ(value("store"), 0.5);
  EXPECT_DOUBLE_EQ(value("decode"), 2);
  EXPECT_DOUBLE_EQ(value("extract"), 0);
}

}  // namespace
}  // namespace millrace::epts
