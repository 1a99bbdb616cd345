// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/consumer_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::bus {
namespace {

rapidjson::Document parsed(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json.c_str());
  return document;
}

rapidjson::Document config_of(const std::string& request) {
  rapidjson::Document document;
  document.CopyFrom(parsed(request)["config"], document.GetAllocator());
  return document;
}

ConsumerOptions options() {
  return {std::chrono::seconds{30}, 5000};
}

TEST(ConsumerConfig, ANewConsumerAsksForExplicitAcksAndNeverGivesUp) {
  const auto request = parsed(consumer_create_request(options()));
  EXPECT_STREQ(request["stream_name"].GetString(), "DATA_SAMPLES");
  const auto& config = request["config"];
  EXPECT_STREQ(config["durable_name"].GetString(), "epts");
  EXPECT_STREQ(config["ack_policy"].GetString(), "explicit");
  EXPECT_EQ(config["max_deliver"].GetInt64(), -1);
  EXPECT_EQ(config["max_ack_pending"].GetInt64(), 5000);
}

TEST(ConsumerConfig, TheAckWaitIsInNanoseconds) {
  EXPECT_EQ(config_of(consumer_create_request(options()))["ack_wait"].GetInt64(), 30'000'000'000);
}

TEST(ConsumerConfig, AConsumerInLineIsLeftAlone) {
  const auto request =
      consumer_update_request(config_of(consumer_create_request(options())), options());
  ASSERT_TRUE(request.ok());
  EXPECT_FALSE(request->has_value());
}

TEST(ConsumerConfig, WhatDiffersIsChangedAndTheRestKept) {
  auto config = config_of(consumer_create_request(options()));
  config["ack_wait"].SetInt64(1);
  config.AddMember("max_waiting", 64, config.GetAllocator());
  const auto request = consumer_update_request(config, options());
  ASSERT_TRUE(request.ok());
  ASSERT_TRUE(request->has_value());
  const auto changed = config_of(**request);
  EXPECT_EQ(changed["ack_wait"].GetInt64(), 30'000'000'000);
  EXPECT_EQ(changed["max_waiting"].GetInt64(), 64);
}

TEST(ConsumerConfig, AnotherKindOfConsumerIsNotOurs) {
  auto push = config_of(consumer_create_request(options()));
  push.AddMember("deliver_subject", "somewhere", push.GetAllocator());
  EXPECT_EQ(consumer_update_request(push, options()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  auto all = config_of(consumer_create_request(options()));
  all["ack_policy"].SetString("all");
  EXPECT_THAT(error::message(consumer_update_request(all, options()).status()),
              testing::HasSubstr("'all'"));
}

}  // namespace
}  // namespace millrace::bus
