// SPDX-License-Identifier: Apache-2.0
#include "epts/ledger.h"

#include <gmock/gmock.h>

namespace millrace::epts {
namespace {

using testing::HasSubstr;

TEST(Ledger, CountsSamplesOfMessagesThatEndForTheFirstTimeAndTheOthersAsRepeated) {
  metrics::Registry metrics;
  const Ledger ledger(metrics);
  time_series::SampleBatch batch;
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
    batch.begin_message(sequence);
    batch.begin_upload({"app", "v1", "ep", "c", 1});
    batch.count_empty();
  }
  batch.terminate(0);
  batch.terminate(2);
  const std::vector<time_series::MessageTally> tallies = {{10, 2, 3}, {20, 4, 6}, {1, 1, 1}};
  ledger.ended(batch, tallies, {true, true, false});
  ledger.repeated(1);
  const std::string text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("millrace_epts_samples_total{outcome=\"stored\"} 30"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_samples_total{outcome=\"merged\"} 6"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_samples_total{outcome=\"rejected\"} 9"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_samples_total{outcome=\"empty\"} 2"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_samples_total{outcome=\"repeated\"} 5"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_terminated_total 1"));
}

TEST(Ledger, CountsPointsOfTransmittersOnceAsTheyEnd) {
  metrics::Registry metrics;
  const Ledger ledger(metrics);
  time_series::SampleBatch batch;
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
    batch.begin_message(sequence);
    if (sequence > 1) batch.count_transmitted(7 * sequence);
  }
  ledger.ended(batch, std::vector<time_series::MessageTally>(3), {true, true, false});
  EXPECT_THAT(metrics.expose(), HasSubstr("millrace_epts_transmitted_points_total 14"));
}

TEST(Ledger, CountsRowsAndReasonsOfRejections) {
  metrics::Registry metrics;
  const Ledger ledger(metrics);
  time_series::WriteOutcome outcome;
  outcome.frames = 12;
  outcome.points = 90;
  outcome.rejections[static_cast<std::size_t>(time_series::RejectionReason::kTooManySeries)] = 5;
  ledger.committed(outcome, std::chrono::milliseconds(20));
  ledger.committed(outcome, std::chrono::milliseconds(20));
  const std::string text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("millrace_epts_frames_total 24"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_points_total 180"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_rejections_total{reason=\"too_many_series\"} 10"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_rejections_total{reason=\"invalid_upload\"} 0"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_batch_duration_seconds_count 2"));
}

TEST(Ledger, CountsReplayedSamplesApart) {
  metrics::Registry metrics;
  const Ledger ledger(metrics);
  time_series::WriteOutcome outcome;
  outcome.replayed = {1, 2, 3, 4};
  ledger.committed(outcome, std::chrono::milliseconds(20));
  ledger.empty_replays(5);
  const std::string text = metrics.expose();
  const std::string name = "millrace_epts_replayed_samples_total";
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"stored\"} 1"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"merged\"} 2"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"rejected\"} 3"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"gone\"} 4"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"empty\"} 5"));
  EXPECT_THAT(text, HasSubstr("millrace_epts_samples_total{outcome=\"stored\"} 0"));
}

}  // namespace
}  // namespace millrace::epts
