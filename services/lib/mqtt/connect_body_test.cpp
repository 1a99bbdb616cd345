// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/connect_body.h"

#include "lib/mqtt/packet_fixture.h"

namespace millrace::mqtt {
namespace {

using client_bytes::connect;
using client_bytes::ConnectFields;
using client_bytes::property;
using client_bytes::text;
using client_bytes::user_property;
using client_bytes::will;

constexpr std::string_view kPlain311 = "CONNECT level 4 clean true keep-alive 60 id device-1";
constexpr std::string_view kPlain5 = "CONNECT level 5 clean true keep-alive 60 id device-1";

// Of a CONNECT alone.
std::string decode_connect(const ConnectFields& fields) {
  const Words words = decode(connect(fields));
  return words.size() == 1 ? words[0] : fmt::format("{} packets", words.size());
}

std::string decode_connect_5(std::string_view properties) {
  return decode_connect({.level = kLevel5, .properties = properties});
}

// --- protocol and level ---

TEST(ConnectBodyTest, ReadsTheConnectOfEachLevel) {
  EXPECT_EQ(decode_connect({.protocol = "MQIsdp", .level = 3}),
            "CONNECT level 3 clean true keep-alive 60 id device-1");
  EXPECT_EQ(decode_connect({}), kPlain311);
  EXPECT_EQ(decode_connect({.level = kLevel5}), kPlain5);
}

TEST(ConnectBodyTest, AnotherLevelIsReportedWithoutReadingOn) {  // [MQTT-3.1.2-2]
  for (const int level : {0, 3, 6, 0x84, 255}) {
    EXPECT_EQ(decode_connect({.level = static_cast<std::uint8_t>(level)}),
              "CONNECT of another level")
        << level;
  }
  EXPECT_EQ(decode_connect({.protocol = "MQIsdp", .level = 4}), "CONNECT of another level");
  EXPECT_EQ(decode_connect({.protocol = "MQIsdp", .level = 5}), "CONNECT of another level");
  const Decoded connect = read_connect(text("MQTT") + "\x06nothing that we know");
  EXPECT_FALSE(std::get<Connect>(connect).level_supported);
  EXPECT_EQ(std::get<Connect>(connect).level, 6);  // as asked for
}

TEST(ConnectBodyTest, AnotherProtocolIsAnError) {  // [MQTT-3.1.2-1]
  for (const std::string_view protocol : {"", "mqtt", "MQTT ", "HTTP"}) {
    EXPECT_EQ(decode_connect({.protocol = protocol}), "error unknown_protocol") << protocol;
  }
}

TEST(ConnectBodyTest, TheLevelIsKnownWhateverIsWrongBehindIt) {
  EXPECT_EQ(protocol_level(text("MQTT") + "\x05"), kLevel5);
  EXPECT_EQ(protocol_level(text("MQTT") + "\x04\x01"), kLevel311);
  EXPECT_EQ(protocol_level(text("MQIsdp") + "\x03"), kLevel31);
  EXPECT_EQ(protocol_level(text("MQTT") + "\x06"), std::nullopt);
  EXPECT_EQ(protocol_level(text("MQTT")), std::nullopt);
  EXPECT_EQ(protocol_level(text("HTTP") + "\x05"), std::nullopt);
}

// --- flags ---

TEST(ConnectBodyTest, FlagsThatContradictAreErrors) {
  const struct {
    std::uint8_t flags;
    std::string want;
  } cases[] = {
      {0x01, "error reserved_bits"},     // [MQTT-3.1.2-3]
      {0x08, "error malformed_packet"},  // [MQTT-3.1.2-13], in 5 [MQTT-3.1.2-11]: QoS without will
      {0x20, "error malformed_packet"},  // [MQTT-3.1.2-15], in 5 [MQTT-3.1.2-13]: retain without it
      {0x1C, "error invalid_qos"},       // [MQTT-3.1.2-14], in 5 [MQTT-3.1.2-12]: will QoS 3
      {0x80, "error malformed_packet"},  // [MQTT-3.1.2-19], in 5 [MQTT-3.1.2-17]: no user name
      {0x04, "error malformed_packet"},  // [MQTT-3.1.2-9]: the will is missing
  };
  for (const auto& c : cases) {
    for (const std::uint8_t level : {kLevel311, kLevel5}) {
      EXPECT_EQ(decode_connect({.level = level, .flags = c.flags}), c.want)
          << int{c.flags} << " level " << int{level};
    }
  }
}

TEST(ConnectBodyTest, APasswordWithoutUserNameIsOfMqtt5Only) {  // [MQTT-3.1.2-22]
  const std::string password = text("secret");
  EXPECT_EQ(decode_connect({.flags = 0x42, .after_client_id = password}), "error malformed_packet");
  EXPECT_EQ(decode_connect({.level = kLevel5, .flags = 0x42, .after_client_id = password}),
            fmt::format("{} password secret", kPlain5));
}

TEST(ConnectBodyTest, WithoutCleanSessionTheFlagIsFalse) {
  EXPECT_EQ(decode_connect({.flags = 0}), "CONNECT level 4 clean false keep-alive 60 id device-1");
}

// --- will and credentials ---

TEST(ConnectBodyTest, ReadsWillAndCredentials) {
  const std::string payload("\0\xFF", 2);  // binary
  const std::string password("\0\x01", 2);
  const std::string credentials = text("user") + text(password);
  const std::string want = " will q1 retain true will/topic [" + payload + "]";
  EXPECT_EQ(
      decode_connect(
          {.flags = 0xEE, .after_client_id = will(kLevel311, "will/topic", payload) + credentials}),
      std::string(kPlain311) + want + " user user password " + password);
  EXPECT_EQ(decode_connect({.level = kLevel5,
                            .flags = 0xEE,
                            .after_client_id =
                                will(kLevel5, "will/topic", payload,
                                     property(PropertyId::kWillDelayInterval, 300) +
                                         property(PropertyId::kPayloadFormatIndicator, 1) +
                                         property(PropertyId::kMessageExpiryInterval, 5) +
                                         property(PropertyId::kContentType, "application/json") +
                                         property(PropertyId::kResponseTopic, "answers") +
                                         property(PropertyId::kCorrelationData, "\xFF") +
                                         user_property("a", "b")) +
                                credentials}),
            std::string(kPlain5) + want + " after 300 user user password " + password);
}

TEST(ConnectBodyTest, TextsOfConnectAreTexts) {  // [MQTT-3.1.3-4], -10, -11; in 5 -4, -11, -12
  EXPECT_EQ(decode_connect({.client_id = "\xFF"}), "error invalid_text");
  EXPECT_EQ(decode_connect({.flags = 0x06, .after_client_id = will(kLevel311, "\xFF", "")}),
            "error invalid_text");
  EXPECT_EQ(decode_connect({.flags = 0x82, .after_client_id = text("\xFF")}), "error invalid_text");
}

TEST(ConnectBodyTest, AWillsTopicIsATopicName) {  // [MQTT-4.7.1-1], in 5 [MQTT-4.7.0-1]
  for (const std::uint8_t level : {kLevel311, kLevel5}) {
    for (const std::string_view topic : {"", "a/#", "+/b"}) {
      EXPECT_EQ(decode_connect(
                    {.level = level, .flags = 0x06, .after_client_id = will(level, topic, "gone")}),
                "error invalid_topic")
          << topic << " level " << int{level};
    }
  }
}

TEST(ConnectBodyTest, InMqtt31TheLengthWinsOverTheFlagsOfCredentials) {
  EXPECT_EQ(decode_connect({.protocol = "MQIsdp", .level = 3, .flags = 0xC2}),
            "CONNECT level 3 clean true keep-alive 60 id device-1");
}

TEST(ConnectBodyTest, BytesAfterTheLastFieldAreAnError) {
  EXPECT_EQ(decode_connect({.after_client_id = "x"}), "error malformed_packet");
  EXPECT_EQ(decode_connect({.level = kLevel5, .after_client_id = "x"}), "error malformed_packet");
}

// --- properties of MQTT 5 ---

TEST(ConnectBodyTest, ReadsEveryProperty) {
  EXPECT_EQ(decode_connect_5(property(PropertyId::kSessionExpiryInterval, 0xFFFF'FFFF) +
                             property(PropertyId::kReceiveMaximum, 1) +
                             property(PropertyId::kMaximumPacketSize, 1) +
                             property(PropertyId::kTopicAliasMaximum, 7) +
                             property(PropertyId::kRequestResponseInformation, 1) +
                             property(PropertyId::kRequestProblemInformation, 0) +
                             user_property("a", "b") + user_property("a", "c") +
                             property(PropertyId::kAuthenticationMethod, "SCRAM-SHA-1") +
                             property(PropertyId::kAuthenticationData, std::string_view("\0", 1))),
            std::string(kPlain5) +
                " session-expiry 4294967295 receive-max 1 max-packet 1 aliases 7 wants response "
                "information wants no problem information method SCRAM-SHA-1");
}

TEST(ConnectBodyTest, DefaultsMayBeSaidToo) {
  EXPECT_EQ(decode_connect_5(property(PropertyId::kSessionExpiryInterval, 0) +
                             property(PropertyId::kReceiveMaximum, 65'535) +
                             property(PropertyId::kTopicAliasMaximum, 0) +
                             property(PropertyId::kRequestResponseInformation, 0) +
                             property(PropertyId::kRequestProblemInformation, 1)),
            kPlain5);
}

TEST(ConnectBodyTest, ValuesThatNoPropertyMayHaveAreErrors) {  // section 3.1.2.11
  for (const std::string& bad :
       {property(PropertyId::kReceiveMaximum, 0), property(PropertyId::kMaximumPacketSize, 0),
        property(PropertyId::kRequestResponseInformation, 2),
        property(PropertyId::kRequestProblemInformation, 255)}) {
    EXPECT_EQ(decode_connect_5(bad), "error invalid_property_value")
        << ::testing::PrintToString(bad);
  }
}

TEST(ConnectBodyTest, AuthenticationDataNeedsAMethod) {  // section 3.1.2.11.10
  EXPECT_EQ(decode_connect_5(property(PropertyId::kAuthenticationData, "x")),
            "error missing_property");
}

TEST(ConnectBodyTest, PropertiesAreThoseOfTheirPlace) {  // section 2.2.2.2
  EXPECT_EQ(decode_connect_5(property(PropertyId::kWillDelayInterval, 1)),
            "error unknown_property");
  EXPECT_EQ(decode_connect_5(property(PropertyId::kServerKeepAlive, 1)), "error unknown_property");
  EXPECT_EQ(decode_connect({.level = kLevel5,
                            .flags = 0x06,
                            .after_client_id =
                                will(kLevel5, "t", "", property(PropertyId::kReceiveMaximum, 1))}),
            "error unknown_property");
}

TEST(ConnectBodyTest, AWillsPropertiesAreCheckedThoughTheyAreDropped) {
  for (const std::string& bad : {property(PropertyId::kPayloadFormatIndicator, 2),
                                 property(PropertyId::kResponseTopic, "a/#")}) {
    EXPECT_EQ(
        decode_connect(
            {.level = kLevel5, .flags = 0x06, .after_client_id = will(kLevel5, "t", "", bad)}),
        "error invalid_property_value")
        << ::testing::PrintToString(bad);
  }
}

TEST(ConnectBodyTest, ARemainingLengthLongerThanNeededIsAnErrorInMqtt5) {  // [MQTT-1.5.5-1]
  const auto with_long_length = [](std::string bytes) {
    bytes[1] = static_cast<char>(static_cast<unsigned char>(bytes[1]) | 0x80U);
    return bytes.insert(2, 1, '\0');
  };
  EXPECT_EQ(decode(with_long_length(connect({.level = kLevel5}))), Words{"error malformed_length"});
  EXPECT_EQ(decode(with_long_length(connect())), Words{std::string(kPlain311)});
}

}  // namespace
}  // namespace millrace::mqtt
