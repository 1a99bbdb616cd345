// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/received_ids.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

using State = ReceivedIds::State;

TEST(ReceivedIdsTest, AnIdIsInUseFromItsPublishToItsRelease) {
  ReceivedIds ids;
  EXPECT_EQ(ids.find(7), std::nullopt);
  ids.begin(7);
  EXPECT_EQ(ids.find(7), State::kInFlight);
  EXPECT_EQ(ids.set_awaiting_pubrel(7), 1U);
  EXPECT_EQ(ids.find(7), State::kAwaitingPubrel);
  EXPECT_EQ(ids.in_use(), 1U);
  EXPECT_EQ(ids.end(7), 0U);
  EXPECT_EQ(ids.find(7), std::nullopt);
  EXPECT_EQ(ids.end(7), 0U);
  EXPECT_EQ(ids.in_use(), 0U);
}

TEST(ReceivedIdsTest, EachRepetitionInFlightIsDueAPubrec) {
  ReceivedIds ids;
  ids.begin(7);
  ids.begin(8);
  for (int i = 0; i < 3; ++i) ids.repeat(7);
  EXPECT_EQ(ids.set_awaiting_pubrel(7), 4U);
  EXPECT_EQ(ids.end(7), 0U);
  ids.repeat(8);
  EXPECT_EQ(ids.end(8), 2U);  // refused: over without a release
  ids.begin(7);
  EXPECT_EQ(ids.set_awaiting_pubrel(7), 1U);
}

TEST(ReceivedIdsTest, WhatABurstTookIsGivenBack) {
  ReceivedIds ids;
  EXPECT_EQ(ids.bytes(), 0U);
  for (std::uint16_t id = 1; id <= 1000; ++id) ids.begin(id);
  EXPECT_GT(ids.bytes(), 8'000U);
  for (std::uint16_t id = 1; id <= 1000; ++id) ids.end(id);
  EXPECT_EQ(ids.bytes(), 0U);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
