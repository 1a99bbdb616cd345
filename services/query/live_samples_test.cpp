// SPDX-License-Identifier: Apache-2.0
//
// With a real NATS and a real receiver: tests/service/test_try.py.
#include "query/live_samples.h"

#include <gmock/gmock.h>

#include "lib/bus/subjects.h"
#include "lib/registry_client/fake_connection.h"
#include "lib/telemetry/points_upload.h"

namespace millrace::query {
namespace {

using std::chrono::milliseconds;

class LiveSamplesTest : public testing::Test {
 protected:
  LiveSamplesTest() { samples_ = LiveSamples::open(connection_, "app", "station-7").value(); }

  static telemetry::v1::DataSamplesEvent event(const std::string& application,
                                               const std::string& endpoint,
                                               const std::string& json) {
    telemetry::v1::DataSamplesEvent event;
    event.set_application_name(application);
    event.set_endpoint_id(endpoint);
    event.set_data_samples(json);
    return event;
  }
  void say(std::vector<telemetry::v1::DataSamplesEvent> events) {
    telemetry::v1::DataSamplesBatch batch;
    for (auto& event : events) *batch.add_events() = std::move(event);
    connection_.say(bus::subjects::kAllDataSamples, batch.SerializeAsString());
  }
  std::string next() {
    const auto event = samples_->next(milliseconds(0));
    return event ? event->data_samples() : "nothing";
  }

  registry_client::FakeConnection connection_;
  std::unique_ptr<LiveSamples> samples_;
};

TEST_F(LiveSamplesTest, AreThoseOfTheEndpointInTheirOrder) {
  say({event("app", "station-7", "1"), event("app", "station-70", "2"),
       event("other", "station-7", "3"), event("app", "station-7", "4")});
  EXPECT_EQ(next(), "1");
  EXPECT_EQ(next(), "4");
  EXPECT_EQ(next(), "nothing");
}

TEST_F(LiveSamplesTest, WhatIsReplayedOrDamagedOrPutAsPointsIsNoNewSample) {
  auto replayed = event("app", "station-7", "1");
  replayed.set_replayed_seq(5);
  auto points = event("app", "station-7", "2");
  points.set_content_type(telemetry::kPointsContentType);
  say({replayed, points});
  connection_.say(bus::subjects::kAllDataSamples, "station-7\xff");
  EXPECT_EQ(next(), "nothing");
}

TEST_F(LiveSamplesTest, KeepsSoMuchOfWhatNobodyTakes) {
  for (std::size_t i = 0; i <= LiveSamples::kMaxUploads; ++i) {
    say({event("app", "station-7", std::to_string(i))});
  }
  for (std::size_t i = 0; i < LiveSamples::kMaxUploads; ++i) EXPECT_EQ(next(), std::to_string(i));
  EXPECT_EQ(next(), "nothing");

  const std::string large(LiveSamples::kMaxBytes, 'x');
  say({event("app", "station-7", large), event("app", "station-7", "x")});
  EXPECT_EQ(next(), large);
  EXPECT_EQ(next(), "nothing");
}

TEST_F(LiveSamplesTest, EndsItsSubscription) {
  samples_.reset();
  say({event("app", "station-7", "1")});
  samples_ = LiveSamples::open(connection_, "app", "station-7").value();
  EXPECT_EQ(next(), "nothing");
}

}  // namespace
}  // namespace millrace::query
