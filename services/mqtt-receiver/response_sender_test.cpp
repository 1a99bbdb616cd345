// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/response_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/mqtt/server_words.h"

namespace millrace::mqtt_receiver {
namespace {

using mqtt::PacketType;
using mqtt::Qos;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Outcome = ResponseSender::Outcome;
using Packets = std::vector<std::string>;

class ResponseSenderTest : public ::testing::Test {
 protected:
  Outcome send(Qos qos, std::string_view topic = "t") {
    return sender_.send({.topic = topic, .qos = qos}, out_);
  }
  Packets acknowledge(PacketType type, std::uint16_t id,
                      mqtt::ReasonCode code = mqtt::ReasonCode::kSuccess) {
    sender_.acknowledged({.type = type, .packet_id = id, .reason_code = code}, out_);
    return sent();
  }
  Packets sent() { return mqtt::client_bytes::packets_in(std::exchange(out_, {}), peer_.level); }

  Peer peer_{.level = mqtt::kLevel5, .receive_maximum = 2};
  ResponseSender sender_{4, peer_};
  std::string out_;
};

TEST_F(ResponseSenderTest, Qos0IsSentAndForgotten) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(send(Qos::kAtMostOnce), Outcome::kTaken);
  EXPECT_EQ(sent().size(), 100U);
  EXPECT_EQ(sender_.unacknowledged(), 0U);
}

TEST_F(ResponseSenderTest, NoMoreAreUnderWayThanTheClientTakes) {  // [MQTT-3.3.4-9]
  send(Qos::kAtLeastOnce, "a");
  send(Qos::kExactlyOnce, "b");
  send(Qos::kAtLeastOnce, "c");
  EXPECT_EQ(send(Qos::kExactlyOnce, "d"), Outcome::kTaken);
  EXPECT_THAT(sent(), ElementsAre("PUBLISH q1 id=1 a", "PUBLISH q2 id=2 b"));
  EXPECT_GT(sender_.waiting_bytes(), 0U);
  EXPECT_EQ(send(Qos::kAtMostOnce, "now"), Outcome::kTaken);  // [MQTT-3.3.4-10]
  EXPECT_THAT(sent(), ElementsAre("PUBLISH q0 now"));
  EXPECT_THAT(acknowledge(PacketType::kPuback, 1), ElementsAre("PUBLISH q1 id=3 c"));
  EXPECT_THAT(acknowledge(PacketType::kPubrec, 2), ElementsAre("PUBREL 2"));
  EXPECT_THAT(acknowledge(PacketType::kPubcomp, 2), ElementsAre("PUBLISH q2 id=4 d"));
  EXPECT_EQ(sender_.waiting_bytes(), 0U);
  EXPECT_EQ(sender_.unacknowledged(), 2U);
}

TEST_F(ResponseSenderTest, SentAndWaitingOnesTogetherHaveABound) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(send(Qos::kAtLeastOnce), Outcome::kTaken);
  EXPECT_EQ(send(Qos::kAtLeastOnce), Outcome::kTooMany);
}

TEST_F(ResponseSenderTest, WaitingOnesHaveABoundInBytes) {
  ResponseSender sender(1000, peer_);
  const std::string payload(200'000, 'x');
  Outcome outcome = Outcome::kTaken;
  int taken = 0;
  while (outcome == Outcome::kTaken) {
    outcome = sender.send({.topic = "t", .payload = payload, .qos = Qos::kAtLeastOnce}, out_);
    ++taken;
  }
  EXPECT_EQ(outcome, Outcome::kTooMany);
  EXPECT_LT(taken, 12);
  EXPECT_LT(sender.waiting_bytes(), kMaxWaitingResponseBytes + 2 * payload.size());
}

TEST_F(ResponseSenderTest, AnAcknowledgementOfAnotherKindOrIdChangesNothing) {
  send(Qos::kAtLeastOnce);
  send(Qos::kExactlyOnce);
  send(Qos::kAtLeastOnce);  // waits: its id is not known to the client
  sent();
  EXPECT_THAT(acknowledge(PacketType::kPuback, 2), IsEmpty());
  EXPECT_THAT(acknowledge(PacketType::kPubcomp, 2), IsEmpty());
  EXPECT_THAT(acknowledge(PacketType::kPuback, 3), IsEmpty());
  EXPECT_THAT(acknowledge(PacketType::kPuback, 9), IsEmpty());
  EXPECT_EQ(sender_.unacknowledged(), 3U);
}

TEST_F(ResponseSenderTest, PubrecIsAnsweredAsOftenAsItComes) {
  send(Qos::kExactlyOnce);
  sent();
  EXPECT_THAT(acknowledge(PacketType::kPubrec, 1), ElementsAre("PUBREL 1"));
  EXPECT_THAT(acknowledge(PacketType::kPubrec, 1), ElementsAre("PUBREL 1"));
  EXPECT_THAT(acknowledge(PacketType::kPubcomp, 1), IsEmpty());
  EXPECT_THAT(acknowledge(PacketType::kPubrec, 1), ElementsAre("PUBREL 1 0x92"));
}

TEST_F(ResponseSenderTest, APubrecThatRefusesEndsTheExchange) {  // section 4.3.3
  send(Qos::kExactlyOnce);
  sent();
  EXPECT_THAT(acknowledge(PacketType::kPubrec, 1, mqtt::ReasonCode::kUnspecifiedError), IsEmpty());
  EXPECT_EQ(sender_.unacknowledged(), 0U);
}

TEST_F(ResponseSenderTest, WhatIsTooLargeForTheClientIsNotSent) {  // [MQTT-3.1.2-24], -25
  peer_.max_packet_bytes = 10;
  EXPECT_EQ(send(Qos::kAtMostOnce, "12345"), Outcome::kTaken);
  EXPECT_EQ(send(Qos::kAtMostOnce, "123456"), Outcome::kTooLarge);
  EXPECT_EQ(send(Qos::kAtLeastOnce, "12345"), Outcome::kTooLarge);
  EXPECT_EQ(sender_.unacknowledged(), 0U);
  EXPECT_THAT(sent(), ElementsAre("PUBLISH q0 12345"));
}

}  // namespace
}  // namespace millrace::mqtt_receiver
