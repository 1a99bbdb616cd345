// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/packet_encoder.h"

#include <gtest/gtest.h>

#include "lib/mqtt/server_words.h"

namespace millrace::mqtt {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out.push_back(static_cast<char>(value));
  return out;
}

TEST(PacketEncoderTest, RemainingLengthTakesAsManyBytesAsItNeeds) {
  // MQTT 3.1.1, table 2.4: the edges of each size.
  const struct {
    std::size_t length;
    std::string want;
  } cases[] = {
      {0, bytes({0x00})},
      {127, bytes({0x7F})},
      {128, bytes({0x80, 0x01})},
      {16'383, bytes({0xFF, 0x7F})},
      {16'384, bytes({0x80, 0x80, 0x01})},
      {2'097'151, bytes({0xFF, 0xFF, 0x7F})},
      {2'097'152, bytes({0x80, 0x80, 0x80, 0x01})},
      {268'435'455, bytes({0xFF, 0xFF, 0xFF, 0x7F})},
  };
  for (const auto& c : cases) {
    std::string out;
    append_fixed_header(out, PacketType::kPublish, 0x02, c.length);
    EXPECT_EQ(out, bytes({0x32}) + c.want) << c.length;
  }
}

TEST(PacketEncoderTest, SmallPacketsAreTheSpecificationsBytes) {
  std::string out;
  append_connack(out, kLevel311, {});
  append_connack(out, kLevel311, {.reason_code = ReasonCode::kClientIdentifierNotValid});
  append_acknowledgement(out, kLevel311, {.packet_id = 0x1234});
  append_suback(out, kLevel311, 5,
                {ReasonCode::kSuccess, ReasonCode::kGrantedQos1, ReasonCode::kTopicFilterInvalid});
  append_unsuback(out, kLevel311, 0xFFFF, {});
  append_pingresp(out);
  EXPECT_EQ(out, bytes({0x20, 2, 0,    0,                       //
                        0x20, 2, 0,    2,                       //
                        0x40, 2, 0x12, 0x34,                    //
                        0x90, 5, 0,    5,    0x00, 0x01, 0x80,  //
                        0xB0, 2, 0xFF, 0xFF,                    //
                        0xD0, 0}));
}

TEST(PacketEncoderTest, AQos0PublishHasNoPacketIdentifier) {
  std::string out;
  append_publish(out, kLevel311, {.topic = "a/b", .topic_suffix = "/status"});
  EXPECT_EQ(out, bytes({0x30, 12, 0, 10}) + "a/b/status");
}

TEST(PacketEncoderTest, AQos1PublishHasOne) {
  std::string out;
  append_publish(out, kLevel311,
                 {.topic = "t",
                  .topic_suffix = "/error",
                  .payload = "{}",
                  .qos = Qos::kAtLeastOnce,
                  .packet_id = 0x0102});
  EXPECT_EQ(out, bytes({0x32, 13, 0, 7}) + "t/error" + bytes({1, 2}) + "{}");
}

// --- MQTT 5 ---

// Each packet of `out` in words, all of which a client may read.
std::vector<std::string> words_5(const std::string& out) {
  return client_bytes::packets_in(out, kLevel5);
}

using Words = std::vector<std::string>;

TEST(PacketEncoderTest, ASuccessOfMqtt5IsTheSpecificationsBytes) {
  std::string out;
  append_connack(out, kLevel5, {});
  append_acknowledgement(out, kLevel5, {.type = PacketType::kPuback, .packet_id = 0x1234});
  append_acknowledgement(out, kLevel5, {.type = PacketType::kPubrel, .packet_id = 5});
  append_suback(out, kLevel5, 5, {ReasonCode::kGrantedQos2, ReasonCode::kNotAuthorized});
  append_unsuback(out, kLevel5, 6, {ReasonCode::kSuccess, ReasonCode::kNoSubscriptionExisted});
  append_publish(out, kLevel5, {.topic = "a", .payload = "x"});
  append_disconnect(out, ReasonCode::kSuccess);
  append_disconnect(out, ReasonCode::kServerShuttingDown);
  EXPECT_EQ(out, bytes({0x20, 3, 0,    0,    0,                //
                        0x40, 2, 0x12, 0x34,                   // section 3.4.2.1
                        0x62, 2, 0,    5,                      // [MQTT-3.6.1-1]
                        0x90, 5, 0,    5,    0,   0x02, 0x87,  //
                        0xB0, 5, 0,    6,    0,   0x00, 0x11,  //
                        0x30, 5, 0,    1,    'a', 0,    'x',   //
                        0xE0, 0,                               // section 3.14.2.1
                        0xE0, 1, 0x8B}));
}

TEST(PacketEncoderTest, AReasonHasACodeAndAString) {
  std::string out;
  append_acknowledgement(
      out, kLevel5,
      {.type = PacketType::kPubrec, .packet_id = 7, .reason_code = ReasonCode::kQuotaExceeded});
  append_acknowledgement(
      out, kLevel5,
      {.type = PacketType::kPuback, .packet_id = 8, .reason_code = ReasonCode::kNotAuthorized},
      "no such token");
  append_acknowledgement(out, kLevel5, {.type = PacketType::kPubcomp, .packet_id = 9}, "fine");
  append_connack(out, kLevel5,
                 {.reason_code = ReasonCode::kServerBusy, .reason_string = "come back later"});
  append_disconnect(out, ReasonCode::kKeepAliveTimeout, std::string(200, 'w'));
  EXPECT_EQ(words_5(out),
            (Words{"PUBREC 7 0x97", "PUBACK 8 0x87 reason-string=no such token",
                   "PUBCOMP 9 0x00 reason-string=fine", "CONNACK 137 reason-string=come back later",
                   "DISCONNECT 0x8d reason-string=" + std::string(200, 'w')}));
}

TEST(PacketEncoderTest, BeforeMqtt5ThereIsNoRoomForReasons) {
  for (const std::uint8_t level : {kLevel31, kLevel311}) {
    std::string out;
    append_acknowledgement(
        out, level,
        {.type = PacketType::kPubrec, .packet_id = 7, .reason_code = ReasonCode::kNotAuthorized},
        "why");
    append_unsuback(out, level, 4, {ReasonCode::kNoSubscriptionExisted});
    append_publish(out, level, {.topic = "a", .correlation_data = "c", .payload_is_text = true});
    append_connack(out, level, {.reason_string = "why", .receive_maximum = 5});
    EXPECT_EQ(client_bytes::packets_in(out, level),
              (Words{"PUBREC 7", "UNSUBACK 4", "PUBLISH q0 a", "CONNACK 0"}));
  }
}

TEST(PacketEncoderTest, TheReturnCodesOfMqtt311AreTable31) {
  const struct {
    ReasonCode code;
    std::string want;
  } cases[] = {
      {ReasonCode::kUnsupportedProtocolVersion, "CONNACK 1"},
      {ReasonCode::kClientIdentifierNotValid, "CONNACK 2"},
      {ReasonCode::kServerUnavailable, "CONNACK 3"},
      {ReasonCode::kBadUserNameOrPassword, "CONNACK 4"},
      {ReasonCode::kNotAuthorized, "CONNACK 5"},
      {ReasonCode::kBanned, "CONNACK 5"},
      {ReasonCode::kQuotaExceeded, "CONNACK 3"},
  };
  for (const auto& c : cases) {
    std::string out;
    append_connack(out, kLevel311, {.reason_code = c.code});
    EXPECT_EQ(client_bytes::packets_in(out), Words{c.want});
  }
}

TEST(PacketEncoderTest, ConnackSaysWhatTheServerDoes) {
  std::string out;
  append_connack(out, kLevel5,
                 {.session_expiry_s = 0,
                  .receive_maximum = 100,
                  .maximum_qos = Qos::kAtLeastOnce,
                  .retain_available = false,
                  .maximum_packet_bytes = 1'049'600,
                  .assigned_client_id = "auto-1",
                  .topic_alias_maximum = 64,
                  .wildcard_subscription_available = true,
                  .subscription_identifier_available = false,
                  .shared_subscription_available = false,
                  .server_keep_alive_s = 600,
                  .response_information = "kp1/"});
  EXPECT_EQ(words_5(out),
            Words{"CONNACK 0 session-expiry-interval=0 receive-maximum=100 maximum-qos=1 "
                  "retain-available=0 maximum-packet-size=1049600 "
                  "assigned-client-identifier=auto-1 topic-alias-maximum=64 "
                  "wildcard-subscription-available=1 subscription-identifier-available=0 "
                  "shared-subscription-available=0 server-keep-alive=600 "
                  "response-information=kp1/"});
}

TEST(PacketEncoderTest, AMaximumQosOf2IsSaidBySilence) {  // section 3.2.2.3.4
  std::string out;
  append_connack(out, kLevel5, {.maximum_qos = Qos::kExactlyOnce});
  EXPECT_EQ(words_5(out), Words{"CONNACK 0"});
}

TEST(PacketEncoderTest, APublishAnswersWithTheClientsCorrelationData) {
  std::string out;
  const std::string binary("\0\xFF", 2);
  append_publish(out, kLevel5,
                 {.topic = "t",
                  .topic_suffix = "/error",
                  .payload = "{}",
                  .qos = Qos::kExactlyOnce,
                  .packet_id = 3,
                  .correlation_data = binary,
                  .payload_is_text = true});
  append_publish(out, kLevel5, {.topic = "t", .correlation_data = ""});
  EXPECT_EQ(words_5(out),
            (Words{"PUBLISH q2 id=3 t/error payload-format-indicator=1 correlation-data=" + binary +
                       " {}",
                   "PUBLISH q0 t correlation-data="}));
}

TEST(PacketEncoderTest, TheBytesOfAPublishAreKnownBefore) {
  for (const std::uint8_t level : {kLevel31, kLevel311, kLevel5}) {
    for (const Qos qos : {Qos::kAtMostOnce, Qos::kAtLeastOnce, Qos::kExactlyOnce}) {
      // Around the edges of the lengths of the packet and of its properties.
      for (const std::size_t size : {0U, 1U, 100U, 120U, 124U, 125U, 127U, 16'380U, 16'384U}) {
        const std::string filling(size, 'x');
        const OutgoingPublish by_payload{.topic = "a", .payload = filling, .qos = qos};
        const OutgoingPublish by_property{.topic = "a",
                                          .qos = qos,
                                          .correlation_data = filling,
                                          .payload_is_text = size % 2 == 0};
        for (const OutgoingPublish& publish : {by_payload, by_property}) {
          std::string out;
          append_publish(out, level, publish);
          EXPECT_EQ(publish_bytes(level, publish), out.size()) << size;
          EXPECT_EQ(client_bytes::packets_in(out, level).size(), 1U) << size;
        }
      }
    }
  }
}

// --- the client's maximum packet size ---

TEST(PacketEncoderTest, AReasonStringThatDoesNotFitIsLeftOut) {  // [MQTT-3.4.2-2], [MQTT-3.14.2-3]
  const Acknowledgement refusal{
      .type = PacketType::kPuback, .packet_id = 8, .reason_code = ReasonCode::kNotAuthorized};
  std::string out;
  EXPECT_TRUE(append_acknowledgement(out, kLevel5, refusal, "why", 12));  // as long as it is
  EXPECT_TRUE(append_acknowledgement(out, kLevel5, refusal, "why", 11));
  EXPECT_TRUE(append_disconnect(out, ReasonCode::kServerBusy, "why", 10));
  EXPECT_TRUE(append_disconnect(out, ReasonCode::kServerBusy, "why", 9));
  EXPECT_TRUE(append_connack(out, kLevel5, {.reason_string = "why"}, 11));  // [MQTT-3.2.2-19]
  EXPECT_TRUE(append_connack(out, kLevel5, {.reason_string = "why"}, 10));
  EXPECT_EQ(words_5(out), (Words{"PUBACK 8 0x87 reason-string=why", "PUBACK 8 0x87",
                                 "DISCONNECT 0x89 reason-string=why", "DISCONNECT 0x89",
                                 "CONNACK 0 reason-string=why", "CONNACK 0"}));
}

TEST(PacketEncoderTest, WhatDoesNotFitAtAllIsNotWritten) {  // [MQTT-3.1.2-24]
  std::string out = "before";
  EXPECT_FALSE(append_acknowledgement(
      out, kLevel5, {.packet_id = 8, .reason_code = ReasonCode::kNotAuthorized}, "why", 4));
  EXPECT_FALSE(append_disconnect(out, ReasonCode::kServerBusy, "why", 2));
  EXPECT_FALSE(append_connack(out, kLevel5, {.receive_maximum = 1}, 7));
  EXPECT_FALSE(append_suback(out, kLevel5, 1, {ReasonCode::kSuccess, ReasonCode::kSuccess}, 6));
  EXPECT_FALSE(append_unsuback(out, kLevel5, 1, {ReasonCode::kSuccess}, 5));
  EXPECT_EQ(out, "before");
}

TEST(PacketEncoderTest, ALongReasonStringEndsAtACharacter) {
  std::string reason(kMaxReasonStringBytes - 1, 'a');
  reason += "\u00FC and more";  // two bytes, the second beyond the bound
  std::string out;
  append_disconnect(out, ReasonCode::kServerBusy, reason);
  EXPECT_EQ(words_5(out),
            Words{"DISCONNECT 0x89 reason-string=" + std::string(kMaxReasonStringBytes - 1, 'a')});
}

TEST(PacketEncoderTest, AReasonStringThatIsNoTextIsLeftOut) {  // [MQTT-1.5.4-1], [MQTT-1.5.4-2]
  std::string out;
  append_disconnect(out, ReasonCode::kServerBusy, "\xFF");
  append_acknowledgement(out, kLevel5, {.packet_id = 1}, std::string_view("a\0b", 3));
  append_connack(out, kLevel5, {.reason_string = "\xED\xA0\x80"});
  EXPECT_EQ(words_5(out), (Words{"DISCONNECT 0x89", "PUBACK 1", "CONNACK 0"}));
}

}  // namespace
}  // namespace millrace::mqtt
