// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/handshake.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

using namespace std::chrono_literals;

mqtt::Connect connect(std::uint8_t level, std::string_view client_id, bool clean = true) {
  return {.level = level, .clean_session = clean, .client_id = client_id};
}

TEST(HandshakeTest, EveryLevelHasItsRuleForEmptyClientIds) {
  EXPECT_EQ(refusal_of(connect(mqtt::kLevel31, "")), CloseReason::kIdentifierRejected);
  EXPECT_EQ(refusal_of(connect(mqtt::kLevel311, "")), std::nullopt);  // [MQTT-3.1.3-6]
  EXPECT_EQ(refusal_of(connect(mqtt::kLevel311, "", false)),          // [MQTT-3.1.3-8]
            CloseReason::kIdentifierRejected);
  EXPECT_EQ(refusal_of(connect(mqtt::kLevel5, "", false)), std::nullopt);
}

TEST(HandshakeTest, WhatOnlyMqtt5CanSayOnlyMqtt5IsTold) {
  for (const std::uint8_t level : {mqtt::kLevel31, mqtt::kLevel311, mqtt::kLevel5}) {
    mqtt::Connect with_will = connect(level, "c");
    with_will.will = mqtt::Will{.topic = "kp1/v/dcx/t/json", .payload = "1"};
    EXPECT_EQ(refusal_of(with_will), std::nullopt);
    const bool told = level == mqtt::kLevel5;
    with_will.will->retain = true;
    EXPECT_EQ(refusal_of(with_will),
              told ? std::optional(CloseReason::kRetainedWill) : std::nullopt);
    with_will.will = mqtt::Will{.topic = "elsewhere", .payload = "1"};
    EXPECT_EQ(refusal_of(with_will),
              told ? std::optional(CloseReason::kWillRefused) : std::nullopt);
  }
}

TEST(HandshakeTest, AnUnknownLevelIsRefusedWhateverElseItSays) {
  EXPECT_EQ(refusal_of({.level_supported = false}), CloseReason::kUnacceptableProtocolLevel);
}

TEST(HandshakeTest, TheClientsKeepAliveStandsUnlessALongestIsSet) {
  mqtt::Connect asks = connect(mqtt::kLevel5, "c");
  asks.keep_alive_s = 65'535;
  EXPECT_EQ(agree(asks, {}).keep_alive, 65'535s);
  const SessionLimits limited{.max_keep_alive = 60s};
  EXPECT_EQ(agree(asks, limited).keep_alive, 60s);
  EXPECT_TRUE(agree(asks, limited).server_keep_alive);
  asks.keep_alive_s = 60;
  EXPECT_FALSE(agree(asks, limited).server_keep_alive);
  asks.level = mqtt::kLevel311;  // cannot be told
  asks.keep_alive_s = 0;
  EXPECT_EQ(agree(asks, limited).keep_alive, 0s);
}

TEST(HandshakeTest, ConnackHasWhatDiffersFromWhatItsAbsenceMeans) {
  SessionLimits limits;
  limits.uploads.max_uploads = 100'000;
  limits.decoder.max_packet_bytes = 4000;
  const mqtt::Connack plain = welcome({}, limits, "id");
  EXPECT_EQ(plain.reason_code, mqtt::ReasonCode::kSuccess);
  EXPECT_EQ(plain.receive_maximum, 65'535);
  EXPECT_EQ(plain.maximum_packet_bytes, 4000U);
  EXPECT_EQ(plain.retain_available, false);
  EXPECT_EQ(plain.maximum_qos, std::nullopt);
  EXPECT_EQ(plain.session_expiry_s, std::nullopt);
  EXPECT_EQ(plain.server_keep_alive_s, std::nullopt);
  EXPECT_EQ(plain.assigned_client_id, "");
  const mqtt::Connack full = welcome({.client_id_assigned = true,
                                      .asked_for_session_expiry = true,
                                      .server_keep_alive = true,
                                      .keep_alive = 60s},
                                     limits, "id");
  EXPECT_EQ(full.session_expiry_s, 0U);
  EXPECT_EQ(full.server_keep_alive_s, 60);
  EXPECT_EQ(full.assigned_client_id, "id");
}

}  // namespace
}  // namespace millrace::mqtt_receiver
