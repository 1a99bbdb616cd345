// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/packet_body.h"

#include "lib/mqtt/packet_fixture.h"

namespace millrace::mqtt {
namespace {

using client_bytes::connect;
using client_bytes::packet;
using client_bytes::text;
using client_bytes::u16;

constexpr DecoderLimits kThreeSubscriptions{.max_subscriptions = 3};

// --- CONNECT ---

TEST(PacketBodyTest, ReadsTheConnectOfMqtt31) {
  EXPECT_EQ(decode(connect({.protocol = "MQIsdp", .level = 3})),
            Words{"CONNECT level 3 clean true keep-alive 60 id device-1"});
}

TEST(PacketBodyTest, AnotherLevelIsReportedWithoutReadingOn) {  // [MQTT-3.1.2-2]
  for (const int level : {0, 3, 5, 6, 0x84, 255}) {
    EXPECT_EQ(decode(connect({.level = static_cast<std::uint8_t>(level)})),
              Words{"CONNECT of another level"})
        << level;
  }
  EXPECT_EQ(decode(connect({.protocol = "MQIsdp", .level = 4})), Words{"CONNECT of another level"});
  // An MQTT 5 CONNECT: properties stand where 3.1.1 has the client id.
  EXPECT_EQ(decode(packet(PacketType::kConnect, 0,
                          text("MQTT") + "\x05\x02" + u16(60) +
                              "\x05"
                              "\x11\xFF\xFF\xFF\xFF" +
                              text("id"))),
            Words{"CONNECT of another level"});
}

TEST(PacketBodyTest, AnotherProtocolIsAnError) {  // [MQTT-3.1.2-1]
  for (const std::string_view protocol : {"", "mqtt", "MQTT ", "HTTP"}) {
    EXPECT_EQ(decode(connect({.protocol = protocol})), Words{"error unknown_protocol"}) << protocol;
  }
}

TEST(PacketBodyTest, ConnectFlagsThatContradictAreErrors) {
  const struct {
    std::uint8_t flags;
    std::string want;
  } cases[] = {
      {0x01, "error reserved_bits"},     // [MQTT-3.1.2-3]
      {0x08, "error malformed_packet"},  // [MQTT-3.1.2-13]: will QoS without will
      {0x20, "error malformed_packet"},  // [MQTT-3.1.2-15]: will retain without will
      {0x1C, "error invalid_qos"},       // [MQTT-3.1.2-14]: will QoS 3
      {0x40, "error malformed_packet"},  // [MQTT-3.1.2-22]: password without user name
      {0x80, "error malformed_packet"},  // [MQTT-3.1.2-19]: the user name is missing
      {0x04, "error malformed_packet"},  // [MQTT-3.1.2-9]: the will is missing
  };
  for (const auto& c : cases) {
    EXPECT_EQ(decode(connect({.flags = c.flags})), Words{c.want}) << int{c.flags};
  }
}

TEST(PacketBodyTest, WillAndCredentialsAreReadOver) {
  const std::string rest = text("will/topic") + text(std::string_view("\0\xFF", 2)) + text("user") +
                           text(std::string_view("\0\x01", 2));
  EXPECT_EQ(decode(connect({.flags = 0xEE, .after_client_id = rest})),
            Words{"CONNECT level 4 clean true keep-alive 60 id device-1"});
}

TEST(PacketBodyTest, InMqtt31TheLengthWinsOverTheFlagsOfCredentials) {
  EXPECT_EQ(decode(connect({.protocol = "MQIsdp", .level = 3, .flags = 0xC2})),
            Words{"CONNECT level 3 clean true keep-alive 60 id device-1"});
}

TEST(PacketBodyTest, BytesAfterTheLastFieldOfConnectAreAnError) {
  EXPECT_EQ(decode(connect({.after_client_id = "x"})), Words{"error malformed_packet"});
}

// --- PUBLISH ---

TEST(PacketBodyTest, DupAndRetainAreRead) {
  EXPECT_EQ(decode_one(packet(PacketType::kPublish, 0x0B, text("a") + u16(2) + "x")),
            "PUBLISH q1 dup true id 2 a [x]");
}

TEST(PacketBodyTest, APublishMayBeEmpty) {
  EXPECT_EQ(decode_one(client_bytes::publish_qos_0("a", "")), "PUBLISH q0 dup false id 0 a []");
}

TEST(PacketBodyTest, BadTopicNamesAreErrors) {  // [MQTT-3.3.2-1], [MQTT-3.3.2-2]
  EXPECT_EQ(decode_one(client_bytes::publish_qos_0("", "x")), "error invalid_topic");
  EXPECT_EQ(decode_one(client_bytes::publish_qos_0("a/+", "x")), "error invalid_topic");
  EXPECT_EQ(decode_one(client_bytes::publish_qos_0("a/#", "x")), "error invalid_topic");
  EXPECT_EQ(decode_one(client_bytes::publish_qos_0("\xC3\x28", "x")), "error invalid_text");
  EXPECT_EQ(decode_one(client_bytes::publish_qos_0(std::string_view("a\0b", 3), "x")),
            "error invalid_text");
}

TEST(PacketBodyTest, PacketIdentifierZeroIsAnError) {  // [MQTT-2.3.1-1]
  EXPECT_EQ(decode_one(client_bytes::publish_qos_1(0, "a", "x")), "error invalid_packet_id");
  EXPECT_EQ(decode_one(client_bytes::subscribe(0, {{"a", Qos::kAtMostOnce}})),
            "error invalid_packet_id");
  EXPECT_EQ(decode_one(client_bytes::unsubscribe(0, {"a"})), "error invalid_packet_id");
  EXPECT_EQ(decode_one(client_bytes::puback(0)), "error invalid_packet_id");
}

TEST(PacketBodyTest, AFieldThatReachesBeyondItsPacketIsAnError) {
  EXPECT_EQ(decode_one(packet(PacketType::kPublish, 0, u16(9) + "short")),
            "error malformed_packet");
  EXPECT_EQ(decode_one(packet(PacketType::kPublish, 0, "\x01")), "error malformed_packet");
  EXPECT_EQ(decode_one(packet(PacketType::kPublish, 2, text("a") + "\x01")),
            "error malformed_packet");
  EXPECT_EQ(decode_one(packet(PacketType::kSubscribe, 2, u16(1) + text("a"))),
            "error malformed_packet");
}

// --- SUBSCRIBE, UNSUBSCRIBE ---

TEST(PacketBodyTest, ASubscribeHasOneFilterAtLeastAndABoundedNumber) {
  EXPECT_EQ(decode_one(packet(PacketType::kSubscribe, 2, u16(1))), "error malformed_packet");
  EXPECT_EQ(decode_one(packet(PacketType::kUnsubscribe, 2, u16(1))), "error malformed_packet");
  const Subscription a{"a", Qos::kAtMostOnce};
  EXPECT_EQ(
      decode(connect() + client_bytes::subscribe(1, {a, a, a}), 99, kThreeSubscriptions).back(),
      "SUBSCRIBE 1 a:0 a:0 a:0");
  EXPECT_EQ(
      decode(connect() + client_bytes::subscribe(1, {a, a, a, a}), 99, kThreeSubscriptions).back(),
      "error too_many_subscriptions");
  EXPECT_EQ(decode(connect() + client_bytes::unsubscribe(1, {"a", "a", "a", "a"}), 99,
                   kThreeSubscriptions)
                .back(),
            "error too_many_subscriptions");
}

TEST(PacketBodyTest, ARequestedQosIsTwoAtMost) {  // [MQTT-3-8.3-4]
  EXPECT_EQ(decode_one(packet(PacketType::kSubscribe, 2, u16(1) + text("a") + "\x03")),
            "error invalid_qos");
  EXPECT_EQ(decode_one(packet(PacketType::kSubscribe, 2, u16(1) + text("a") + "\x04")),
            "error reserved_bits");
}

TEST(PacketBodyTest, FiltersAreTexts) {
  EXPECT_EQ(decode_one(packet(PacketType::kSubscribe, 2, u16(1) + text("\xFF") + "\x01")),
            "error invalid_text");
  EXPECT_EQ(decode_one(client_bytes::unsubscribe(1, {"\xFF"})), "error invalid_text");
}

}  // namespace
}  // namespace millrace::mqtt
