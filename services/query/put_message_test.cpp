// SPDX-License-Identifier: Apache-2.0
#include "query/put_message.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/telemetry/points_upload.h"
#include "query/put_request.h"

#include "millrace/telemetry/v1/data_points.pb.h"
#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::query {
namespace {

using testing::IsEmpty;
using testing::StartsWith;

const PutFacts kFacts{"demo", "correlation", time::from_unix_us(77)};

v1::EndpointSeriesPoints& add_series(v1::PutDataPointsRequest& request, const std::string& name) {
  request.set_app_version_name("demo-v1");
  v1::EndpointSeriesPoints& series = *request.add_series();
  series.set_endpoint_id("ep");
  series.set_time_series_name(name);
  return series;
}

v1::PutPoint& add_point(v1::EndpointSeriesPoints& series, std::int64_t time_us) {
  v1::PutPoint& point = *series.add_data_points();
  point.set_timestamp_us(time_us);
  point.add_values()->set_name("value");
  point.mutable_values(0)->set_number(static_cast<double>(time_us));
  return point;
}

// The events of all messages, and that each message is within its bound.
std::vector<telemetry::v1::DataPointsEvent> events_of(const std::vector<StreamMessage>& messages) {
  std::vector<telemetry::v1::DataPointsEvent> events;
  for (const StreamMessage& message : messages) {
    EXPECT_THAT(message.id, IsEmpty());
    EXPECT_LE(message.payload.size(), kMaxPutMessageBytes);
    telemetry::v1::DataSamplesBatch batch;
    EXPECT_TRUE(batch.ParseFromString(message.payload));
    EXPECT_GT(batch.events_size(), 0);
    for (const auto& upload : batch.events()) {
      EXPECT_EQ(upload.content_type(), telemetry::kPointsContentType);
      EXPECT_FALSE(upload.has_replayed_seq());
      telemetry::v1::DataPointsEvent& event = events.emplace_back();
      EXPECT_TRUE(event.ParseFromString(upload.data_samples()));
      EXPECT_EQ(upload.sample_count(), static_cast<std::uint32_t>(event.data_points_size()));
    }
  }
  return events;
}

TEST(PutMessage, HasAnEventForEachSeriesOfAnEndpoint) {
  v1::PutDataPointsRequest request;
  v1::PutPoint& point = add_point(add_series(request, "a"), 1);
  point.add_values()->set_name("null");
  point.add_values()->set_name("text");
  point.mutable_values(2)->set_string("x");
  point.add_values()->set_name("flag");
  point.mutable_values(3)->set_boolean(true);
  add_series(request, "empty");
  add_point(add_series(request, "auto~b"), 2);
  const auto messages = put_messages(request, kFacts);
  ASSERT_TRUE(messages.ok()) << messages.status();
  ASSERT_EQ(messages->size(), 1U);
  const auto events = events_of(*messages);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].application_name(), "demo");
  EXPECT_EQ(events[0].app_version_name(), "demo-v1");
  EXPECT_EQ(events[0].endpoint_id(), "ep");
  EXPECT_EQ(events[0].correlation_id(), "correlation");
  EXPECT_EQ(events[0].timestamp_us(), 77);
  EXPECT_EQ(events[0].time_series_name(), "a");
  EXPECT_EQ(events[1].time_series_name(), "auto~b");
  const auto& values = events[0].data_points(0).values();
  ASSERT_EQ(values.size(), 4U);
  EXPECT_EQ(values.at("value").number(), 1);
  EXPECT_EQ(values.at("text").string(), "x");
  EXPECT_TRUE(values.at("flag").boolean());
  EXPECT_EQ(values.at("null").kind_case(), telemetry::v1::PointValue::KIND_NOT_SET);
}

TEST(PutMessage, WhatDoesNotFitIntoOneIsInTheNextInOrder) {
  v1::PutDataPointsRequest request;
  const std::string text(60, 'x');
  std::int64_t time_us = 0;
  for (int series = 0; series < 1000; ++series) {
    v1::EndpointSeriesPoints& one = add_series(request, fmt::format("{:x>128}", series));
    one.set_endpoint_id(std::string(128, 'e'));
    for (int i = 0; i < 5; ++i) add_point(one, ++time_us).mutable_values(0)->set_string(text);
  }
  ASSERT_TRUE(check(request).ok()) << check(request);
  const auto messages = put_messages(request, kFacts);
  ASSERT_TRUE(messages.ok()) << messages.status();
  EXPECT_GT(messages->size(), 1U);
  EXPECT_LT(messages->size(), 10U);
  std::int64_t seen = 0;
  for (const auto& event : events_of(*messages)) {
    EXPECT_GT(event.data_points_size(), 0);
    for (const auto& point : event.data_points()) EXPECT_EQ(point.timestamp_us(), ++seen);
  }
  EXPECT_EQ(seen, time_us);
}

TEST(PutMessage, ASeriesIsTakenApart) {
  v1::PutDataPointsRequest request;
  v1::EndpointSeriesPoints& series = add_series(request, "a");
  for (int i = 1; i <= 9; ++i) {
    add_point(series, i).mutable_values(0)->set_string(std::string(100'000, 'x'));
  }
  const auto messages = put_messages(request, kFacts);
  ASSERT_TRUE(messages.ok()) << messages.status();
  EXPECT_EQ(messages->size(), 2U);
  const auto events = events_of(*messages);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].data_points_size(), 5);
  EXPECT_EQ(events[1].data_points(0).timestamp_us(), 6);
}

TEST(PutMessage, APointThatNoMessageHoldsIsRefused) {
  v1::PutDataPointsRequest request;
  v1::EndpointSeriesPoints& series = add_series(request, "a");
  add_point(series, 1);
  add_point(series, 2).mutable_values(0)->set_string(std::string(kMaxPutMessageBytes, 'x'));
  const auto messages = put_messages(request, kFacts);
  EXPECT_EQ(messages.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(error::message(messages.status()), StartsWith("series[0].data_points[1]: has "));
}

}  // namespace
}  // namespace millrace::query
