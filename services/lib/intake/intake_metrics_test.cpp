// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/intake_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::intake {
namespace {

using Code = Receipt::Code;
using testing::HasSubstr;
using testing::Not;

using namespace std::chrono_literals;

constexpr time::Instant kStart{1s};

class IntakeMetricsTest : public testing::Test {
 protected:
  static std::unique_ptr<Pending> upload(std::uint32_t samples, std::size_t body_bytes) {
    auto pending = std::make_unique<Pending>();
    pending->submitted = kStart;
    pending->samples = samples;
    pending->body_bytes = body_bytes;
    return pending;
  }

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
  metrics.count(Code::kAccepted, *upload(3, 100), kStart + 2ms);
  const std::string text = registry.expose();
  EXPECT_THAT(text, HasSubstr("millrace_intake_uploads_total{code=\"200\"} 1"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_samples_total{outcome=\"accepted\"} 3"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_bytes_total 100"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_accept_seconds_count 1"));
}

TEST_F(IntakeMetricsTest, RefusedUploadsCountWhatTheyWouldHaveBrought) {
  metrics.count(Code::kForbidden, *upload(3, 100), kStart);
  const std::string text = registry.expose();
  EXPECT_THAT(text, HasSubstr("millrace_intake_uploads_total{code=\"403\"} 1"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_samples_total{outcome=\"refused\"} 3"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_samples_total{outcome=\"accepted\"} 0"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_accept_seconds_count 0"));
}

TEST_F(IntakeMetricsTest, UploadsOfAMessageCountTogether) {
  PendingUploads uploads;
  uploads.push_back(upload(3, 100));
  uploads.push_back(upload(4, 50));
  uploads.back()->submitted = kStart - 3s;
  metrics.count(Code::kAccepted, uploads, kStart + 2ms);
  metrics.count(Code::kUnavailable, uploads, kStart + 2ms);
  const std::string text = registry.expose();
  EXPECT_THAT(text, HasSubstr("millrace_intake_uploads_total{code=\"200\"} 2"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_uploads_total{code=\"503\"} 2"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_samples_total{outcome=\"accepted\"} 7"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_samples_total{outcome=\"refused\"} 7"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_bytes_total 150"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_accept_seconds_bucket{le=\"0.0025\"} 1"));
  EXPECT_THAT(text, HasSubstr("millrace_intake_accept_seconds_count 2"));
}

TEST_F(IntakeMetricsTest, WhatWaitsIsReadAtEachScrape) {
  EXPECT_THAT(registry.expose(), HasSubstr("millrace_intake_waiting_bytes 0"));
  ASSERT_TRUE(gate->enter(100));
  EXPECT_THAT(registry.expose(), HasSubstr("millrace_intake_waiting_bytes 612"));
}

}  // namespace
}  // namespace millrace::intake
