// SPDX-License-Identifier: Apache-2.0
#include "load/mqtt_bytes.h"

#include <gtest/gtest.h>

namespace millrace::load {
namespace {

using std::string_literals::operator""s;

TEST(MqttBytes, ConnectsWithACleanSession) {
  EXPECT_EQ(connect_packet(MqttVersion::k311, "ab", 60),
            "\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02"s + "ab");
  EXPECT_EQ(connect_packet(MqttVersion::k5, "ab", 0),
            "\x10\x0f\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x02"s + "ab");
}

TEST(MqttBytes, AcknowledgesWithTheFlagsOfEachType) {
  std::string out;
  append_acknowledgement(out, kPuback, 0x0102);
  append_acknowledgement(out, kPubrel, 3);
  EXPECT_EQ(out, "\x40\x02\x01\x02\x62\x02\x00\x03"s);
}

TEST(MqttBytes, APublishIsATemplate) {
  const Payload payload{"{}", std::nullopt};
  std::string out;
  PublishTemplate("t/u", payload, {.qos = 0}).append_to(out, 9, 9);
  EXPECT_EQ(out, "\x30\x07\x00\x03t/u{}"s);
  out.clear();
  PublishTemplate("t/u", payload, {.qos = 2}).append_to(out, 0x1234, 9);
  EXPECT_EQ(out, "\x34\x09\x00\x03t/u\x12\x34{}"s);
  out.clear();
  PublishTemplate("t", payload, {.version = MqttVersion::k5, .qos = 1}).append_to(out, 1, 9);
  EXPECT_EQ(out, "\x32\x08\x00\x01t\x00\x01\x00{}"s);
}

TEST(MqttBytes, ATopicAliasIsSaidOnceAndThenStandsForTheTopic) {
  const Payload payload{"{}", std::nullopt};
  PublishTemplate::Options options{.version = MqttVersion::k5, .qos = 1, .topic_alias = 1};
  std::string out;
  PublishTemplate("t", payload, options).append_to(out, 1, 0);
  EXPECT_EQ(out, "\x32\x0b\x00\x01t\x00\x01\x03\x23\x00\x01{}"s);
  options.alias_known = true;
  out.clear();
  PublishTemplate("t", payload, options).append_to(out, 2, 0);
  EXPECT_EQ(out, "\x32\x0a\x00\x00\x00\x02\x03\x23\x00\x01{}"s);
}

TEST(MqttBytes, EachUploadHasItsNumberAndTheNextOneIsUntouched) {
  const Payload payload = *numbered_sample(200);
  const PublishTemplate publish("t", payload, {});
  std::string out;
  publish.append_to(out, 1, 41);
  publish.append_to(out, 2, 42);
  EXPECT_EQ(out.size(), 2 * publish.size());
  EXPECT_NE(out.find(R"({"n":             41,)"), std::string::npos);
  EXPECT_NE(out.find(R"({"n":             42,)"), std::string::npos);
}

TEST(MqttBytes, PacketsAreTakenOffWhenTheyAreWhole) {
  const std::string bytes = "\x40\x02\x00\x07\xd0\x00\x50\x02\x01"s;
  std::string_view rest = bytes;
  ServerPacket packet;
  ASSERT_EQ(take_packet(rest, packet), Take::kPacket);
  EXPECT_EQ(packet.type(), kPuback);
  EXPECT_EQ(parse_acknowledgement(packet.body)->packet_id, 7);
  ASSERT_EQ(take_packet(rest, packet), Take::kPacket);
  EXPECT_EQ(packet.type(), kPingresp);
  EXPECT_TRUE(packet.body.empty());
  EXPECT_EQ(take_packet(rest, packet), Take::kIncomplete);
  EXPECT_EQ(rest, "\x50\x02\x01"s);
}

TEST(MqttBytes, ALengthOfFourBytesIsTheLongest) {
  const std::string longest = "\x30\xff\xff\xff\x7f"s;
  std::string_view rest = longest;
  ServerPacket packet;
  EXPECT_EQ(take_packet(rest, packet), Take::kIncomplete);
  const std::string malformed = "\x30\xff\xff\xff\xff\x01"s;
  rest = malformed;
  EXPECT_EQ(take_packet(rest, packet), Take::kMalformed);
}

TEST(MqttBytes, TheReasonOfAnAcknowledgementIsReadWhereThereIsOne) {
  EXPECT_EQ(parse_acknowledgement("\x00\x07"s)->reason, 0);
  EXPECT_EQ(parse_acknowledgement("\x00\x07\x97"s)->reason, 0x97);
  EXPECT_EQ(parse_acknowledgement("\x00\x07\x87\x03\x1f\x00\x00"s)->reason, 0x87);
  EXPECT_FALSE(parse_acknowledgement("\x00"s));
}

TEST(MqttBytes, AConnackOfMqtt5SaysWhatTheServerTakes) {
  const std::string properties =
      "\x21\x00\x80"  // receive maximum 128
      "\x12\x00\x02"
      "id"  // assigned client identifier
      "\x26\x00\x01"
      "k\x00\x01"
      "v"                       // user property
      "\x22\x00\x0a"            // topic alias maximum 10
      "\x24\x01"                // maximum QoS 1
      "\x27\x00\x10\x00\x00"s;  // maximum packet size
  const std::string body = "\x00\x00"s + static_cast<char>(properties.size()) + properties;
  const std::optional<Connack> connack = parse_connack(MqttVersion::k5, body);
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, 0);
  EXPECT_EQ(connack->receive_maximum, 128);
  EXPECT_EQ(connack->topic_alias_maximum, 10);
  EXPECT_EQ(connack->maximum_qos, 1);
}

TEST(MqttBytes, AConnackThatIsCutShortIsNone) {
  EXPECT_FALSE(parse_connack(MqttVersion::k5, "\x00"s));
  EXPECT_FALSE(parse_connack(MqttVersion::k5, "\x00\x00\x03\x21\x00"s));
  EXPECT_FALSE(parse_connack(MqttVersion::k5, "\x00\x00\x02\x21\x00"s));
  EXPECT_FALSE(parse_connack(MqttVersion::k5, "\x00\x00\x02\x7f\x00"s)) << "no such property";
  EXPECT_EQ(parse_connack(MqttVersion::k5, "\x00\x01"s)->reason, 1) << "3.1.1 answers";
  EXPECT_EQ(parse_connack(MqttVersion::k311, "\x00\x05"s)->reason, 5);
}

TEST(MqttBytes, APublishOfTheServersHasItsIdBehindTheTopic) {
  EXPECT_EQ(packet_id_of_publish("\x00\x02tu\x01\x02{}"s), 0x0102);
  EXPECT_FALSE(packet_id_of_publish("\x00\x09tu"s));
}

}  // namespace
}  // namespace millrace::load
