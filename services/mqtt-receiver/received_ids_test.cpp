// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/received_ids.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

TEST(ReceivedIdsTest, AnIdIsInUseFromItsPublishToItsRelease) {
  ReceivedIds ids;
  EXPECT_EQ(ids.find(7), std::nullopt);
  ids.begin(7, 41);
  EXPECT_EQ(ids.find(7), 41U);
  ids.set_awaiting_pubrel(7);
  EXPECT_EQ(ids.find(7), ReceivedIds::kAwaitingPubrel);
  EXPECT_EQ(ids.in_use(), 1U);
  ids.end(7);
  EXPECT_EQ(ids.find(7), std::nullopt);
  ids.end(7);
  EXPECT_EQ(ids.in_use(), 0U);
}

TEST(ReceivedIdsTest, WhatABurstTookIsGivenBack) {
  ReceivedIds ids;
  EXPECT_EQ(ids.bytes(), 0U);
  for (std::uint16_t id = 1; id <= 1000; ++id) ids.begin(id, id);
  EXPECT_GT(ids.bytes(), 16'000U);
  for (std::uint16_t id = 1; id <= 1000; ++id) ids.end(id);
  EXPECT_EQ(ids.bytes(), 0U);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
