// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/intake_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::intake {
namespace {

using Code = Receipt::Code;
using testing::HasSubstr;
using testing::Not;

class IntakeMetricsTest : public testing::Test {
 protected:
  metrics::Registry registry;
  std::shared_ptr<UploadGate> gate = std::make_shared<UploadGate>(100'000);
  IntakeMetrics metrics{registry, gate};
};

TEST_F(IntakeMetricsTest, EveryCodeIsThereFromTheBeginning) {
  const std::string text = registry.expose();
  for (const char* code : {"200", "400", "403", "404", "413", "429", "503"}) {
    EXPECT_THAT(text, HasSubstr(std::string("millrace_intake_uploads_total{code=\"") + code));
  }
}

TEST_F(IntakeMetricsTest, AcceptedUploadsCountTheirSamplesAndBytes) {
  metrics.count({Code::kAccepted, 100, 3, std::chrono::milliseconds{2}});
  const std::string text = registry.expose();
  EXPECT_THAT(text, HasSubstr("millrace_intake_uploads_total{code=\"200\"} 1"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_samples_total{outcome=\"accepted\"} 3"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_bytes_total 100"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_accept_seconds_count 1"));
}

TEST_F(IntakeMetricsTest, RefusedUploadsCountWhatTheyWouldHaveBrought) {
  metrics.count({Code::kForbidden, 100, 3, {}});
  const std::string text = registry.expose();
  EXPECT_THAT(text, HasSubstr("millrace_intake_uploads_total{code=\"403\"} 1"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_samples_total{outcome=\"refused\"} 3"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_samples_total{outcome=\"accepted\"} 0"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_accept_seconds_count 0"));
}

TEST_F(IntakeMetricsTest, WhatWaitsIsReadAtEachScrape) {
  EXPECT_THAT(registry.expose(), HasSubstr("millrace_intake_waiting_bytes 0"));
  ASSERT_TRUE(gate->enter(100));
  EXPECT_THAT(registry.expose(), HasSubstr("millrace_intake_waiting_bytes 612"));
}

}  // namespace
}  // namespace millrace::intake
