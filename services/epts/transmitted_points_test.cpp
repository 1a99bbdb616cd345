// SPDX-License-Identifier: Apache-2.0
#include "epts/transmitted_points.h"

#include <functional>
#include <limits>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "epts/batch_builder.h"
#include "epts/fakes.h"
#include "epts/held_message.h"
#include "lib/postgres/copy_buffer.h"
#include "lib/telemetry/points_upload.h"

namespace millrace::epts {
namespace {

using telemetry::v1::DataPoint;
using telemetry::v1::DataPointsEvent;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using time_series::SampleBatch;

constexpr time::UnixMicros kNow{std::chrono::seconds(1'795'000'000)};

DataPointsEvent event() {
  DataPointsEvent event;
  event.set_correlation_id("c");
  event.set_timestamp_us(time::to_unix_us(kNow));
  event.set_application_name("app");
  event.set_app_version_name("app-v1");
  event.set_endpoint_id("ep");
  event.set_time_series_name("location");
  return event;
}

DataPoint& add_point(DataPointsEvent& event) {
  DataPoint& point = *event.add_data_points();
  point.set_timestamp_us(time::to_unix_us(kNow));
  return point;
}

// "location.lat=1 location.name=x"; a rejection as "!word".
std::string told(const SampleBatch& batch, const SampleBatch::Sample& sample) {
  if (sample.rejection != SampleBatch::kNone) {
    return fmt::format("!{}", time_series::word(batch.rejections()[sample.rejection].reason));
  }
  std::string all;
  std::size_t number = sample.first_number;
  std::size_t text = sample.first_text;
  for (const auto& name : time_series::value_names(batch.shapes()[sample.shape].names)) {
    std::string value;
    if (name.type == time_series::ValueType::kString) {
      value = std::string(batch.texts()[text++]);
    } else {
      const double found = batch.numbers()[number++];
      value = postgres::is_null_pattern(found) ? "null" : fmt::format("{}", found);
    }
    all += fmt::format("{}{}.{}={}", all.empty() ? "" : " ", name.series, name.value, value);
  }
  return all;
}

// As rejected_sample would have it.
std::string text_of(const SampleBatch& batch, std::size_t index) {
  const SampleBatch::Sample& sample = batch.samples().at(index);
  return batch.uploads()[sample.upload].late_texts->text(sample);
}

class TransmittedPointsTest : public testing::Test {
 protected:
  TransmittedPointsTest() { builder_.begin(kNow); }

  static Rules rules() { return *extraction::CompiledRules::compile({}); }
  // As a message of the stream, through the builder.
  const SampleBatch& built(const DataPointsEvent& event, const Rules& under = rules()) {
    message_ = std::make_unique<FakeMessage>(
        deeds_, 5, event.SerializeAsString(), 1,
        "kaa.v1.events.modbus.endpoint.data-collection.data-points-received.location");
    auto held = hold(message_);
    EXPECT_TRUE(held.ok()) << held.status();
    held_ = *std::move(held);
    builder_.begin_message(5);
    builder_.add(held_.batch.events(0), held_.first_seq(), under);
    return builder_.batch();
  }
  // Of an event with one point, changed so.
  std::string told_of(const std::function<void(DataPointsEvent&, DataPoint&)>& change) {
    DataPointsEvent one = event();
    DataPoint& point = add_point(one);
    (*point.mutable_values())["lat"].set_number(1);
    change(one, point);
    builder_.begin(kNow);
    const SampleBatch& batch = built(one);
    return told(batch, batch.samples().at(0));
  }

  Deeds deeds_;
  std::unique_ptr<bus::PulledMessage> message_;
  HeldMessage held_;
  BatchBuilder builder_{{.max_fields = 3, .max_string_bytes = 8},
                        {std::chrono::hours(1), std::chrono::minutes(1)}};
};

TEST_F(TransmittedPointsTest, GiveASampleEachWithValuesOfAllTypes) {
  DataPointsEvent two = event();
  DataPoint& first = add_point(two);
  (*first.mutable_values())["name"].set_string("x");
  (*first.mutable_values())["lat"].set_number(1.5);
  (*first.mutable_values())["gps"].set_boolean(true);
  DataPoint& second = add_point(two);
  second.set_timestamp_us(time::to_unix_us(kNow) - 7);
  (*second.mutable_values())["lat"];
  const SampleBatch& batch = built(two);
  ASSERT_EQ(batch.samples().size(), 2U);
  EXPECT_EQ(told(batch, batch.samples()[0]), "location.gps=1 location.lat=1.5 location.name=x");
  EXPECT_EQ(told(batch, batch.samples()[1]), "location.lat=null");
  EXPECT_EQ(batch.samples()[1].time, kNow - std::chrono::microseconds(7));
  EXPECT_EQ(batch.samples()[1].received_at, kNow + std::chrono::microseconds(1));
  EXPECT_EQ(batch.samples()[1].seq, (std::int64_t{5} << kSampleIndexBits) + 1);
  EXPECT_EQ(batch.messages().at(0).transmitted_points, 2U);
}

TEST_F(TransmittedPointsTest, APointWithoutValuesIsEmpty) {
  DataPointsEvent one = event();
  add_point(one);
  EXPECT_TRUE(built(one).samples().empty());
  EXPECT_EQ(builder_.batch().uploads().back().empty_samples, 1U);
}

TEST_F(TransmittedPointsTest, ABadPointIsRejectedAndNotItsNeighbours) {
  DataPointsEvent two = event();
  (*add_point(two).mutable_values())["lat"].set_number(std::numeric_limits<double>::infinity());
  (*add_point(two).mutable_values())["lat"].set_number(2);
  const SampleBatch& batch = built(two);
  EXPECT_EQ(told(batch, batch.samples()[0]), "!number_out_of_range");
  EXPECT_EQ(told(batch, batch.samples()[1]), "location.lat=2");
  EXPECT_THAT(text_of(batch, 0), HasSubstr(R"("lat":{"number":"Infinity"})"));
}

TEST_F(TransmittedPointsTest, HaveTextsThatAreMadeWhenTheyAreNeeded) {
  DataPointsEvent two = event();
  (*add_point(two).mutable_values())["lat"].set_number(1);
  add_point(two);
  (*add_point(two).mutable_values())["lat"].set_number(2);
  const SampleBatch& batch = built(two);
  ASSERT_EQ(batch.samples().size(), 2U);
  EXPECT_EQ(batch.samples()[1].json, "");
  EXPECT_THAT(text_of(batch, 0), AllOf(HasSubstr(R"({"number":1})"), HasSubstr("location")));
  EXPECT_THAT(text_of(batch, 1), AllOf(HasSubstr(R"({"number":2})"), Not(HasSubstr("1}"))));
}

TEST_F(TransmittedPointsTest, AnEventHasItsBounds) {
  DataPointsEvent large = event();
  for (int i = 0; i < kMaxPointsOfEvent; ++i) add_point(large);
  large.set_time_series_name(std::string(kMaxEventNameBytes, 'x'));
  EXPECT_TRUE(upload_of_points(large.SerializeAsString()).ok());
  add_point(large);
  EXPECT_EQ(error::message(upload_of_points(large.SerializeAsString()).status()),
            "cannot use the DataPointsEvent: it has 10001 points and a time_series_name of 1024 "
            "bytes; 10000 points and 1024 bytes are allowed");
  DataPointsEvent long_named = event();
  long_named.set_time_series_name(std::string(kMaxEventNameBytes + 1, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(upload_of_points(long_named.SerializeAsString()).status()));
}

// As somebody may send it who says he was a receiver.
TEST_F(TransmittedPointsTest, AnUploadOfPointsHasTheBoundsOfAnEvent) {
  DataPointsEvent long_named = event();
  long_named.set_time_series_name(std::string(kMaxEventNameBytes + 1, 'x'));
  add_point(long_named);
  telemetry::v1::DataSamplesEvent upload;
  upload.set_content_type(telemetry::kPointsContentType);
  upload.set_data_samples(long_named.SerializeAsString());
  upload.set_sample_count(1);
  builder_.add(upload, 0, rules());
  EXPECT_EQ(told(builder_.batch(), builder_.batch().samples().at(0)), "!invalid_upload");
}

TEST_F(TransmittedPointsTest, NamesValuesAndTimesHaveTheBoundsOfSamples) {
  EXPECT_EQ(told_of([](auto&, auto&) {}), "location.lat=1");
  for (const std::string& name : {std::string(), std::string("a b"), std::string(129, 'x')}) {
    EXPECT_EQ(told_of([&](auto& event, auto&) { event.set_time_series_name(name); }),
              "!invalid_name");
  }
  for (const std::string name : {"", "a=b", "a\n", "time", "_field"}) {
    EXPECT_EQ(told_of([&](auto&, auto& point) { (*point.mutable_values())[name].set_number(1); }),
              "!invalid_name")
        << name;
  }
  EXPECT_EQ(told_of([](auto&, auto& point) {
              for (const char* name : {"a", "b", "c", "d"}) {
                (*point.mutable_values())[name].set_number(1);
              }
            }),
            "!too_many_fields");
  const auto with_text = [this](const std::string& text) {
    return told_of([&](auto&, auto& point) { (*point.mutable_values())["s"].set_string(text); });
  };
  EXPECT_EQ(with_text("12345678"), "location.lat=1 location.s=12345678");
  EXPECT_EQ(with_text("123456789"), "!string_too_long");
  EXPECT_EQ(with_text(std::string("\0", 1)), "!string_not_text");
  for (const std::int64_t us :
       {time::to_unix_us(kNow) - 3'600'000'001, time::to_unix_us(kNow) + 60'000'001,
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(told_of([us](auto&, auto& point) { point.set_timestamp_us(us); }),
              "!timestamp_out_of_range");
  }
}

TEST_F(TransmittedPointsTest, OfAnUnknownApplicationTheyAreKeptAsText) {
  DataPointsEvent one = event();
  (*add_point(one).mutable_values())["lat"].set_number(2);
  const SampleBatch& batch = built(one, nullptr);
  EXPECT_EQ(told(batch, batch.samples()[0]), "!unknown_application");
  EXPECT_EQ(batch.samples()[0].json.front(), '{');
  EXPECT_EQ(batch.uploads()[0].content_type, telemetry::kPointsJsonContentType);
}

TEST_F(TransmittedPointsTest, WhatWasKeptAsTextCanBeReplayed) {
  DataPointsEvent one = event();
  (*add_point(one).mutable_values())["lat"].set_number(2);
  const SampleBatch& batch = built(one, nullptr);
  telemetry::v1::DataSamplesEvent replay;
  replay.set_receipt_time_us(time::to_unix_us(batch.samples()[0].received_at));
  replay.set_content_type(std::string(batch.uploads()[0].content_type));
  replay.set_data_samples(std::string(batch.samples()[0].json));
  replay.set_sample_count(1);
  replay.set_replayed_seq(batch.samples()[0].seq);
  builder_.begin(kNow);
  builder_.begin_message(6);
  builder_.add(replay, 0, rules());
  EXPECT_EQ(told(builder_.batch(), builder_.batch().samples().at(0)), "location.lat=2");
  EXPECT_EQ(builder_.batch().messages().at(0).transmitted_points, 0U);
  replay.set_data_samples("{\"dataPoints\":7}");
  builder_.begin(kNow);
  builder_.add(replay, 0, rules());
  EXPECT_EQ(told(builder_.batch(), builder_.batch().samples().at(0)), "!invalid_upload");
}

TEST_F(TransmittedPointsTest, WhatIsNoEventIsNotHeld) {
  message_ = std::make_unique<FakeMessage>(
      deeds_, 5, "\xFF\xFF", 1,
      "kaa.v1.events.modbus.endpoint.data-collection.data-points-received.location");
  EXPECT_EQ(error::message(hold(message_).status()),
            "cannot decode the message: 2 bytes are no DataPointsEvent");
}

}  // namespace
}  // namespace millrace::epts
