// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/publish_body.h"

#include "lib/mqtt/packet_fixture.h"

namespace millrace::mqtt {
namespace {

using client_bytes::packet;
using client_bytes::property;
using client_bytes::publish;
using client_bytes::text;
using client_bytes::u16;
using client_bytes::user_property;

// After a CONNECT of MQTT 5.
std::string decode_publish(std::string_view topic, std::string_view properties) {
  return decode_one_5(
      publish({.level = kLevel5, .topic = topic, .payload = "x", .properties = properties}));
}

// --- of every level ---

TEST(PublishBodyTest, DupAndRetainAreRead) {
  for (const std::uint8_t level : {kLevel31, kLevel311, kLevel5}) {
    EXPECT_EQ(decode_one(publish({.level = level,
                                  .qos = Qos::kAtLeastOnce,
                                  .packet_id = 2,
                                  .topic = "a",
                                  .payload = "x",
                                  .dup = true,
                                  .retain = true}),
                         level),
              "PUBLISH q1 dup true id 2 a [x] retained");
  }
}

TEST(PublishBodyTest, EveryQosIsRead) {
  EXPECT_EQ(decode_one(client_bytes::publish_qos_0("a", "x")), "PUBLISH q0 dup false id 0 a [x]");
  EXPECT_EQ(decode_one(client_bytes::publish_qos_1(1, "a", "x")),
            "PUBLISH q1 dup false id 1 a [x]");
  EXPECT_EQ(decode_one(client_bytes::publish_qos_2(65'535, "a", "x")),
            "PUBLISH q2 dup false id 65535 a [x]");
}

TEST(PublishBodyTest, APublishMayBeEmpty) {
  EXPECT_EQ(decode_one(client_bytes::publish_qos_0("a", "")), "PUBLISH q0 dup false id 0 a []");
  EXPECT_EQ(decode_one_5(publish({.level = kLevel5, .topic = "a"})),
            "PUBLISH q0 dup false id 0 a []");
}

TEST(PublishBodyTest, BadTopicNamesAreErrors) {  // [MQTT-3.3.2-1], [MQTT-3.3.2-2]
  for (const std::uint8_t level : {kLevel311, kLevel5}) {
    const auto decode_topic = [&](std::string_view topic) {
      return decode_one(publish({.level = level, .topic = topic, .payload = "x"}), level);
    };
    EXPECT_EQ(decode_topic("a/+"), "error invalid_topic");
    EXPECT_EQ(decode_topic("a/#"), "error invalid_topic");
    EXPECT_EQ(decode_topic("\xC3\x28"), "error invalid_text");
    EXPECT_EQ(decode_topic("\xED\xA0\x80"), "error invalid_text");  // a surrogate
    EXPECT_EQ(decode_topic(std::string_view("a\0b", 3)), "error invalid_text");
    // [MQTT-1.5.3-3], in MQTT 5 [MQTT-1.5.4-3]
    EXPECT_EQ(decode_topic("\xEF\xBB\xBF"), "PUBLISH q0 dup false id 0 \xEF\xBB\xBF [x]");
  }
  EXPECT_EQ(decode_one(client_bytes::publish_qos_0("", "x")), "error invalid_topic");
}

TEST(PublishBodyTest, PacketIdentifierZeroIsAnError) {  // [MQTT-2.3.1-1], in MQTT 5 [MQTT-2.2.1-3]
  EXPECT_EQ(decode_one(client_bytes::publish_qos_1(0, "a", "x")), "error invalid_packet_id");
  EXPECT_EQ(decode_one(client_bytes::publish_qos_2(0, "a", "x")), "error invalid_packet_id");
  EXPECT_EQ(decode_one_5(publish({.level = kLevel5, .qos = Qos::kAtLeastOnce, .topic = "a"})),
            "error invalid_packet_id");
}

TEST(PublishBodyTest, AFieldThatReachesBeyondItsPacketIsAnError) {
  const std::string cut_short[] = {
      packet(PacketType::kPublish, 0, u16(9) + "short"),
      packet(PacketType::kPublish, 0, "\x01"),
      packet(PacketType::kPublish, 2, text("a") + "\x01"),
  };
  for (const std::string& bytes : cut_short) {
    EXPECT_EQ(decode_one(bytes), "error malformed_packet");
    EXPECT_EQ(decode_one_5(bytes), "error malformed_packet");
  }
  // In MQTT 5 the properties, or their length, are missing.
  EXPECT_EQ(decode_one_5(packet(PacketType::kPublish, 0, text("a"))), "error malformed_packet");
  EXPECT_EQ(decode_one_5(packet(PacketType::kPublish, 0, text("a") + "\x05\x01")),
            "error malformed_packet");
}

// --- properties of MQTT 5 ---

TEST(PublishBodyTest, ReadsEveryProperty) {
  EXPECT_EQ(
      decode_publish("a", property(PropertyId::kPayloadFormatIndicator, 1) +
                              property(PropertyId::kMessageExpiryInterval, 60) +
                              property(PropertyId::kTopicAlias, 3) +
                              property(PropertyId::kResponseTopic, "answers/1") +
                              property(PropertyId::kCorrelationData, "\xFFid") +
                              user_property("colour", "blue") + user_property("colour", "red") +
                              property(PropertyId::kContentType, "application/json")),
      "PUBLISH q0 dup false id 0 a [x] text response-topic answers/1 correlation-data \xFFid");
}

TEST(PublishBodyTest, EmptyCorrelationDataIsNotNone) {
  EXPECT_EQ(decode_publish("a", property(PropertyId::kCorrelationData, "")),
            "PUBLISH q0 dup false id 0 a [x] correlation-data ");
}

TEST(PublishBodyTest, TheFirstTraceparentCounts) {
  EXPECT_EQ(
      decode_publish("a", user_property("Traceparent", "0") + user_property("traceparent", "00-1") +
                              user_property("traceparent", "00-2")),
      "PUBLISH q0 dup false id 0 a [x] traceparent 00-1");
}

TEST(PublishBodyTest, APayloadSaidToBeTextIsNotChecked) {  // section 3.3.2.3.2: MAY
  EXPECT_EQ(decode_one_5(publish({.level = kLevel5,
                                  .topic = "a",
                                  .payload = "\xFF",
                                  .properties = property(PropertyId::kPayloadFormatIndicator, 1)})),
            "PUBLISH q0 dup false id 0 a [\xFF] text");
}

TEST(PublishBodyTest, ValuesThatNoPropertyMayHaveAreErrors) {
  for (const std::string& bad :
       {property(PropertyId::kPayloadFormatIndicator, 2),
        property(PropertyId::kResponseTopic, "a/+"),  // [MQTT-3.3.2-14]
        property(PropertyId::kResponseTopic, "#"), property(PropertyId::kResponseTopic, "")}) {
    EXPECT_EQ(decode_publish("a", bad), "error invalid_property_value")
        << ::testing::PrintToString(bad);
  }
  EXPECT_EQ(decode_publish("a", property(PropertyId::kResponseTopic, "\xFF")),  // [MQTT-3.3.2-13]
            "error invalid_text");
}

TEST(PublishBodyTest, ASubscriptionIdentifierIsForServersToSend) {  // [MQTT-3.3.4-6]
  EXPECT_EQ(decode_publish("a", property(PropertyId::kSubscriptionIdentifier, 1)),
            "error unexpected_property");
}

TEST(PublishBodyTest, ATopicAliasNeedsNoTopicOnceItStandsForOne) {
  const std::string alias_1 = property(PropertyId::kTopicAlias, 1);
  const std::string connect = client_bytes::connect({.level = kLevel5});
  const auto with_alias = [](std::string_view topic, std::uint32_t alias) {
    return publish({.level = kLevel5,
                    .topic = topic,
                    .payload = "x",
                    .properties = property(PropertyId::kTopicAlias, alias)});
  };
  const Words words =
      decode(connect + with_alias("one", 1) + with_alias("two", 64) + with_alias("", 1) +
             with_alias("", 64) + with_alias("uno", 1) + with_alias("", 1));
  EXPECT_EQ(Words(words.begin() + 1, words.end()),
            (Words{"PUBLISH q0 dup false id 0 one [x]", "PUBLISH q0 dup false id 0 two [x]",
                   "PUBLISH q0 dup false id 0 one [x]", "PUBLISH q0 dup false id 0 two [x]",
                   "PUBLISH q0 dup false id 0 uno [x]", "PUBLISH q0 dup false id 0 uno [x]"}));
}

TEST(PublishBodyTest, AliasesThatStandForNothingAreErrors) {
  // [MQTT-3.3.2-8], [MQTT-3.3.2-9]
  EXPECT_EQ(decode_publish("a", property(PropertyId::kTopicAlias, 0)), "error invalid_topic_alias");
  EXPECT_EQ(decode_publish("a", property(PropertyId::kTopicAlias, 65)),
            "error invalid_topic_alias");
  EXPECT_EQ(decode_publish("", property(PropertyId::kTopicAlias, 1)), "error invalid_topic_alias");
  // Section 3.3.2.1.
  EXPECT_EQ(decode_publish("", ""), "error missing_topic");
  // A topic that is wrong stays so.
  EXPECT_EQ(decode_publish("a/#", property(PropertyId::kTopicAlias, 1)), "error invalid_topic");
}

// --- publish_head_bytes() ---

TEST(PublishBodyTest, TheHeadEndsWhereThePayloadBegins) {
  const struct {
    std::uint8_t level;
    std::uint8_t flags;
    std::string body;
    std::size_t head_bytes;
  } cases[] = {
      {kLevel311, 0x00, text("a/b") + "payload", 5},
      {kLevel311, 0x02, text("a/b") + u16(1) + "payload", 7},
      {kLevel5, 0x00, text("a/b") + std::string(1, '\0') + "payload", 6},
      {kLevel5, 0x04, text("a/b") + u16(1) + "\x03" + property(PropertyId::kTopicAlias, 1), 11},
      {kLevel5, 0x00, text("") + "\xFF\x7F", 2 + 2 + 16'383},
  };
  for (const auto& c : cases) {
    const auto head = publish_head_bytes(c.level, c.flags, c.body);
    ASSERT_TRUE(std::holds_alternative<std::size_t>(head));
    EXPECT_EQ(std::get<std::size_t>(head), c.head_bytes);
  }
  for (const std::string_view begin : {"", "\x01", "\x01\x02", "\x01\x02topic"}) {
    EXPECT_TRUE(std::holds_alternative<NeedMoreBytes>(publish_head_bytes(kLevel5, 0, begin)));
  }
  EXPECT_EQ(std::get<Fault>(publish_head_bytes(kLevel5, 0, text("") + "\xFF\xFF\xFF\xFF")),
            Fault::kMalformedLength);
}

}  // namespace
}  // namespace millrace::mqtt
