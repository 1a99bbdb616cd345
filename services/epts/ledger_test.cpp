// SPDX-License-Identifier: Apache-2.0
#include "epts/ledger.h"

#include <gmock/gmock.h>

namespace millrace::epts {
namespace {

using testing::HasSubstr;

TEST(Ledger, CountsOutcomesOfSamplesAndReasonsOfRejections) {
  metrics::Registry metrics;
  const Ledger ledger(metrics);
  time_series::WriteOutcome outcome;
  outcome.stored = 10;
  outcome.merged = 2;
  outcome.rejected = 3;
  outcome.repeated = 4;
  outcome.frames = 12;
  outcome.points = 90;
  outcome.rejections[static_cast<std::size_t>(time_series::RejectionReason::kTooManySeries)] = 5;
  ledger.committed(outcome, std::chrono::milliseconds(20));
  ledger.committed(outcome, std::chrono::milliseconds(20));
  ledger.empty(7);
  ledger.repeated(1);
  const std::string text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("millrace_epts_samples_total{outcome=\"stored\"} 20"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_samples_total{outcome=\"merged\"} 4"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_samples_total{outcome=\"rejected\"} 6"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_samples_total{outcome=\"repeated\"} 9"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_samples_total{outcome=\"empty\"} 7"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_frames_total 24"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_points_total 180"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_rejections_total{reason=\"too_many_series\"} 10"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_rejections_total{reason=\"invalid_upload\"} 0"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_batch_duration_seconds_count 2"));
}

}  // namespace
}  // namespace millrace::epts
