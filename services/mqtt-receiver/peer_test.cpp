// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/peer.h"

#include <gtest/gtest.h>

#include "lib/mqtt/server_words.h"

namespace millrace::mqtt_receiver {
namespace {

std::string words(const Peer& peer, const mqtt::Acknowledgement& acknowledgement,
                  std::string_view reason) {
  std::string out;
  append_acknowledgement(out, peer, acknowledgement, reason);
  return mqtt::client_bytes::take_packet(out, peer.level);
}

TEST(PeerTest, BeforeMqtt5NothingIsBounded) {
  const Peer peer = peer_of({.level = mqtt::kLevel311});
  EXPECT_EQ(peer.level, mqtt::kLevel311);
  EXPECT_EQ(peer.receive_maximum, 65'535);
  EXPECT_EQ(peer.max_packet_bytes, mqtt::kNoPacketLimit);
  EXPECT_FALSE(peer.speaks_mqtt_5());
}

TEST(PeerTest, Mqtt5SaysWhatItTakes) {
  const Peer peer = peer_of({.level = mqtt::kLevel5,
                             .receive_maximum = 3,
                             .maximum_packet_bytes = 100,
                             .request_problem_information = false});
  EXPECT_TRUE(peer.speaks_mqtt_5());
  EXPECT_EQ(peer.receive_maximum, 3);
  EXPECT_EQ(peer.max_packet_bytes, 100U);
  EXPECT_FALSE(peer.wants_reason_strings);
}

TEST(PeerTest, OfAnUnknownLevelTheNearestFormIsUsed) {
  EXPECT_EQ(peer_of({.level_supported = false, .level = 6}).level, mqtt::kLevel5);
  EXPECT_EQ(peer_of({.level_supported = false, .level = 2}).level, mqtt::kLevel311);
}

TEST(PeerTest, AReasonIsGivenToThoseWhoWantAndTakeIt) {  // [MQTT-3.1.2-29], [MQTT-3.4.2-2]
  const mqtt::Acknowledgement refused{.packet_id = 7,
                                      .reason_code = mqtt::ReasonCode::kQuotaExceeded};
  Peer peer{.level = mqtt::kLevel5};
  EXPECT_EQ(words(peer, refused, "why"), "PUBACK 7 0x97 reason-string=why");
  peer.max_packet_bytes = 10;
  EXPECT_EQ(words(peer, refused, "why"), "PUBACK 7 0x97");
  peer = {.level = mqtt::kLevel5, .wants_reason_strings = false};
  EXPECT_EQ(words(peer, refused, "why"), "PUBACK 7 0x97");
  EXPECT_EQ(words({.level = mqtt::kLevel311}, refused, "why"), "PUBACK 7");
}

}  // namespace
}  // namespace millrace::mqtt_receiver
