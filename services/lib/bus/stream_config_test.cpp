// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/stream_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/subjects.h"
#include "lib/error/error.h"

namespace millrace::bus {
namespace {

using testing::HasSubstr;

StreamOptions options() {
  return {1 << 30, 3, std::chrono::minutes{2}};
}

rapidjson::Document parsed(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json.c_str());
  return document;
}

absl::StatusOr<std::optional<std::string>> update(const rapidjson::Document& config) {
  return stream_update_request(config, options());
}

TEST(StreamConfig, ANewStreamRefusesWhenFullAndKeepsEverythingUntilAcknowledged) {
  const auto config = parsed(stream_create_request(options()));
  EXPECT_STREQ(config["name"].GetString(), "DATA_SAMPLES");
  EXPECT_STREQ(config["retention"].GetString(), "workqueue");
  EXPECT_STREQ(config["discard"].GetString(), "new");
  EXPECT_STREQ(config["storage"].GetString(), "file");
  ASSERT_EQ(config["subjects"].Size(), 1U);
  EXPECT_STREQ(config["subjects"][0].GetString(), subjects::kAllDataSamples);
  EXPECT_EQ(config["max_bytes"].GetInt64(), 1 << 30);
  EXPECT_EQ(config["num_replicas"].GetInt64(), 3);
  EXPECT_EQ(config["max_age"].GetInt64(), 0);
}

TEST(StreamConfig, TheDuplicateWindowIsInNanoseconds) {
  EXPECT_EQ(parsed(stream_create_request(options()))["duplicate_window"].GetInt64(),
            120'000'000'000);
}

TEST(StreamConfig, AStreamInLineIsLeftAlone) {
  const auto request = update(parsed(stream_create_request(options())));
  ASSERT_TRUE(request.ok());
  EXPECT_FALSE(request->has_value());
}

TEST(StreamConfig, SizeReplicasAndDuplicateWindowAreBroughtInLineAndTheRestKept) {
  auto config = parsed(stream_create_request(options()));
  config["max_bytes"].SetInt64(5);
  config["duplicate_window"].SetInt64(7);
  config["num_replicas"].SetInt64(1);
  config.AddMember("of_a_later_server", "kept", config.GetAllocator());
  const auto request = update(config);
  ASSERT_TRUE(request.ok());
  ASSERT_TRUE(request->has_value());
  const auto changed = parsed(**request);
  EXPECT_EQ(changed["max_bytes"].GetInt64(), 1 << 30);
  EXPECT_EQ(changed["duplicate_window"].GetInt64(), 120'000'000'000);
  EXPECT_EQ(changed["num_replicas"].GetInt64(), 3);
  EXPECT_STREQ(changed["of_a_later_server"].GetString(), "kept");
}

TEST(StreamConfig, AnotherRetentionIsNotOurs) {
  auto config = parsed(stream_create_request(options()));
  config["retention"].SetString("limits");
  EXPECT_EQ(update(config).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(error::message(update(config).status()), HasSubstr("'limits'"));
}

TEST(StreamConfig, AStreamThatDropsTheOldIsRefused) {
  auto config = parsed(stream_create_request(options()));
  config["discard"].SetString("old");
  EXPECT_THAT(error::message(update(config).status()), HasSubstr("lose accepted samples"));
}

TEST(StreamConfig, AStreamInMemoryIsRefused) {
  auto config = parsed(stream_create_request(options()));
  config["storage"].SetString("memory");
  EXPECT_EQ(update(config).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(error::message(update(config).status()), HasSubstr("'memory', not 'file'"));
}

TEST(StreamConfig, AStreamThatForgetsWithTimeIsRefused) {
  auto config = parsed(stream_create_request(options()));
  config["max_age"].SetInt64(60'000'000'000);
  EXPECT_THAT(error::message(update(config).status()), HasSubstr("max_age is 60000000000 ns"));
}

TEST(StreamConfig, AStreamThatKeepsOnlySomeOfASubjectIsRefused) {
  auto config = parsed(stream_create_request(options()));
  config.AddMember("max_msgs_per_subject", -1, config.GetAllocator());
  EXPECT_TRUE(update(config).ok());
  config["max_msgs_per_subject"].SetInt64(10);
  EXPECT_THAT(error::message(update(config).status()), HasSubstr("max_msgs_per_subject is 10"));
}

TEST(StreamConfig, AStreamThatAcknowledgesNothingIsRefused) {
  auto config = parsed(stream_create_request(options()));
  config.AddMember("no_ack", false, config.GetAllocator());
  EXPECT_TRUE(update(config).ok());
  config["no_ack"].SetBool(true);
  EXPECT_THAT(error::message(update(config).status()), HasSubstr("no_ack"));
}

TEST(StreamConfig, OtherSubjectsAreNotOurs) {
  for (const char* other :
       {"more.>", "kaa.v1.events.*.endpoint.data-collection.data-points-received.>",
        "kaa.v1.events.epts.endpoint.data-collection.data-points-received.>"}) {
    auto config = parsed(stream_create_request(options()));
    config["subjects"].PushBack(rapidjson::StringRef(other), config.GetAllocator());
    EXPECT_EQ(update(config).status().code(), absl::StatusCode::kFailedPrecondition) << other;
  }
}

TEST(StreamConfig, PointsOfTransmittersAreAddedAndTakenAwayByWhoKnowsThem) {
  StreamOptions mine = options();
  mine.data_points_transmitters = {"b", "a"};
  const auto config = parsed(stream_create_request(mine));
  ASSERT_EQ(config["subjects"].Size(), 3U);
  EXPECT_STREQ(config["subjects"][1].GetString(), subjects::data_points_of("b").c_str());
  mine.data_points_transmitters = {"a", "b"};
  EXPECT_FALSE(stream_update_request(config, mine)->has_value()) << "in another order";
  mine.data_points_transmitters = {"a"};
  const auto fewer = stream_update_request(config, mine);
  ASSERT_TRUE(fewer.ok() && fewer->has_value());
  EXPECT_EQ(parsed(**fewer)["subjects"].Size(), 2U);
  // Receivers do not know of them.
  EXPECT_FALSE(update(config)->has_value());
}

}  // namespace
}  // namespace millrace::bus
