// SPDX-License-Identifier: Apache-2.0
#include "query/waiting_uploads.h"

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/bus/subjects.h"

#include "millrace/telemetry/v1/data_points.pb.h"
#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kPointsSubject[] =
    "kaa.v1.events.modbus.endpoint.data-collection.data-points-received.location";

class WaitingUploadsTest : public testing::Test {
 protected:
  WaitingUploadsTest() {
    query_.endpoint_id = "ep";
    query_.application_name = "app";
  }
  telemetry::v1::DataSamplesEvent& add(const std::string& application, const std::string& endpoint,
                                       const std::string& correlation_id) {
    telemetry::v1::DataSamplesEvent& event = *batch_.add_events();
    event.set_application_name(application);
    event.set_endpoint_id(endpoint);
    event.set_correlation_id(correlation_id);
    event.set_receipt_time_us(7);
    event.set_sample_count(2);
    return event;
  }
  // "correlation id xsamples @receipt time" of each.
  std::vector<std::string> told(const std::string& subject, const std::string& payload) const {
    bus::StoredMessage message;
    message.subject = subject;
    message.payload = payload;
    std::vector<std::string> texts;
    for (const WaitingUpload& upload : waiting_uploads(query_, message)) {
      texts.push_back(fmt::format("{} x{} @{}", upload.correlation_id, upload.samples,
                                  time::to_unix_us(upload.received_at)));
    }
    return texts;
  }
  std::vector<std::string> told() const {
    return told(bus::subjects::data_samples_received("http-receiver", 0),
                batch_.SerializeAsString());
  }

  TraceQuery query_;
  telemetry::v1::DataSamplesBatch batch_;
};

TEST_F(WaitingUploadsTest, AreThoseOfTheEndpointInItsApplication) {
  add("app", "ep", "a");
  add("app", "other", "b");
  add("other", "ep", "c");
  add("app", "ep", "d");
  EXPECT_THAT(told(), ElementsAre("a x2 @7", "d x2 @7"));
}

TEST_F(WaitingUploadsTest, AReplayIsNotAmongThem) {
  add("app", "ep", "a").set_replayed_seq(0);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(WaitingUploadsTest, PointsOfATransmitterAreToldByTheirSubject) {
  telemetry::v1::DataPointsEvent event;
  event.set_application_name("app");
  event.set_endpoint_id("ep");
  event.set_correlation_id("p");
  event.set_timestamp_us(9);
  for (int i = 0; i < 3; ++i) event.add_data_points()->set_timestamp_us(i);
  EXPECT_THAT(told(kPointsSubject, event.SerializeAsString()), ElementsAre("p x3 @9"));
  event.set_endpoint_id("other");
  EXPECT_THAT(told(kPointsSubject, event.SerializeAsString()), IsEmpty());
}

TEST_F(WaitingUploadsTest, WhatCannotBeReadHoldsNone) {
  EXPECT_THAT(told("kaa.v1.events.x", "\xff\xff"), IsEmpty());
  EXPECT_THAT(told(kPointsSubject, "\xff\xff"), IsEmpty());
}

}  // namespace
}  // namespace millrace::query
