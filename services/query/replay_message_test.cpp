// SPDX-License-Identifier: Apache-2.0
#include "query/replay_message.h"

#include <functional>

#include <gtest/gtest.h>

#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::query {
namespace {

time_series::RejectedSample rejected() {
  time_series::RejectedSample sample;
  sample.position = {time::from_unix_us(1'795'000'000'000'000), 77, "ep"};
  sample.app_version_name = "v1";
  sample.sample = R"([{"a":1},{"a":2}])";
  sample.sample_count = 2;
  sample.correlation_id = "c";
  sample.content_type = "application/json";
  sample.row_version = 5;
  return sample;
}

TEST(StreamMessage, HasAllThatTheFirstMessageHad) {
  const auto message = replay_message({"app", 9}, rejected());
  ASSERT_TRUE(message.has_value());
  telemetry::v1::DataSamplesBatch batch;
  ASSERT_TRUE(batch.ParseFromString(message->payload));
  ASSERT_EQ(batch.events_size(), 1);
  const telemetry::v1::DataSamplesEvent& event = batch.events(0);
  EXPECT_EQ(event.application_name(), "app");
  EXPECT_EQ(event.app_version_name(), "v1");
  EXPECT_EQ(event.endpoint_id(), "ep");
  EXPECT_EQ(event.correlation_id(), "c");
  EXPECT_EQ(event.content_type(), "application/json");
  EXPECT_EQ(event.data_samples(), R"([{"a":1},{"a":2}])");
  EXPECT_EQ(event.sample_count(), 2U);
  EXPECT_EQ(event.receipt_time_us(), 1'795'000'000'000'000);
  ASSERT_TRUE(event.has_replayed_seq());
  EXPECT_EQ(event.replayed_seq(), 77);
}

TEST(StreamMessage, LeavesAloneWhatIsNotAllThere) {
  auto cut = rejected();
  cut.sample_cut = true;
  EXPECT_FALSE(replay_message({"app", 9}, cut).has_value());
  auto empty = rejected();
  empty.sample.clear();
  EXPECT_FALSE(replay_message({"app", 9}, empty).has_value());
}

TEST(StreamMessage, IsTheSameMessageUntilTheRowOrTheRulesChange) {
  const std::string id = replay_message({"app", 9}, rejected())->id;
  EXPECT_EQ(replay_message({"app", 9}, rejected())->id, id);
  EXPECT_NE(replay_message({"app", 10}, rejected())->id, id);
  EXPECT_NE(replay_message({"other", 9}, rejected())->id, id);
  const auto changed = [](const std::function<void(time_series::RejectedSample&)>& change) {
    auto sample = rejected();
    change(sample);
    return replay_message({"app", 9}, sample)->id;
  };
  EXPECT_NE(changed([](auto& sample) { ++sample.row_version; }), id);
  EXPECT_NE(changed([](auto& sample) { ++sample.position.seq; }), id);
  EXPECT_NE(changed([](auto& sample) { sample.position.endpoint_id = "ep2"; }), id);
  EXPECT_NE(changed([](auto& sample) { sample.position.received_at += std::chrono::seconds(1); }),
            id);
}

}  // namespace
}  // namespace millrace::query
