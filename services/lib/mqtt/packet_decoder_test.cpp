// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/packet_decoder.h"

#include "lib/mqtt/packet_fixture.h"

namespace millrace::mqtt {
namespace {

using client_bytes::connect;
using client_bytes::packet;
using client_bytes::property;
using client_bytes::publish;
using client_bytes::text;
using client_bytes::u16;
using client_bytes::user_property;

// A stream, and what is in it.
struct Conversation {
  std::string stream;
  Words words;
};

Conversation in_mqtt_311() {
  const std::string stream =
      connect() + client_bytes::publish_qos_0("kp1/v/dcx/t/json", "{\"a\":1}") +
      client_bytes::publish_qos_1(7, "kp1/v/dcx/t/json/1", std::string(300, 'x')) +
      client_bytes::publish_qos_2(8, "a", "x") + client_bytes::puback(9) +
      client_bytes::pubrec(10) + client_bytes::pubrel(8) + client_bytes::pubcomp(10) +
      client_bytes::subscribe(3, {{"a/#", Qos::kExactlyOnce}, {"b", Qos::kAtMostOnce}}) +
      client_bytes::unsubscribe(4, {"a/#", "b"}) + client_bytes::pingreq() +
      client_bytes::disconnect();
  return {stream,
          {"CONNECT level 4 clean true keep-alive 60 id device-1",
           "PUBLISH q0 dup false id 0 kp1/v/dcx/t/json [{\"a\":1}]",
           "PUBLISH q1 dup false id 7 kp1/v/dcx/t/json/1 [" + std::string(300, 'x') + "]",
           "PUBLISH q2 dup false id 8 a [x]", "PUBACK 9", "PUBREC 10", "PUBREL 8", "PUBCOMP 10",
           "SUBSCRIBE 3 a/#:2 b:0", "UNSUBSCRIBE 4 a/# b", "PINGREQ", "DISCONNECT"}};
}

Conversation in_mqtt_5() {
  const std::string why =
      property(PropertyId::kReasonString, "why") + user_property("name", "value");
  const std::string stream =
      connect({.level = kLevel5,
               .properties = property(PropertyId::kReceiveMaximum, 9) +
                             property(PropertyId::kAuthenticationMethod, "method")}) +
      publish({.level = kLevel5,
               .topic = "kp1/v/dcx/t/json",
               .payload = "{}",
               .properties = property(PropertyId::kTopicAlias, 1) +
                             property(PropertyId::kCorrelationData, "c")}) +
      publish({.level = kLevel5,
               .qos = Qos::kExactlyOnce,
               .packet_id = 7,
               .payload = std::string_view("{}"),
               .properties = property(PropertyId::kTopicAlias, 1)}) +
      client_bytes::acknowledgement(PacketType::kPuback, 9, ReasonCode::kQuotaExceeded, why) +
      client_bytes::acknowledgement(PacketType::kPubrel, 7, ReasonCode::kSuccess, why) +
      client_bytes::pubrec(10) +
      client_bytes::acknowledgement(PacketType::kPubcomp, 10,
                                    ReasonCode::kPacketIdentifierNotFound) +
      client_bytes::subscribe(3, {{"a/#", Qos::kExactlyOnce}}, kLevel5,
                              property(PropertyId::kSubscriptionIdentifier, 300)) +
      client_bytes::unsubscribe(4, {"a/#"}, kLevel5, user_property("name", "value")) +
      client_bytes::pingreq() +
      client_bytes::auth(ReasonCode::kReAuthenticate,
                         property(PropertyId::kAuthenticationMethod, "method")) +
      client_bytes::disconnect(ReasonCode::kDisconnectWithWill, why);
  return {stream,
          {"CONNECT level 5 clean true keep-alive 60 id device-1 receive-max 9 method method",
           "PUBLISH q0 dup false id 0 kp1/v/dcx/t/json [{}] correlation-data c",
           "PUBLISH q2 dup false id 7 kp1/v/dcx/t/json [{}]", "PUBACK 9 0x97", "PUBREL 7",
           "PUBREC 10", "PUBCOMP 10 0x92", "SUBSCRIBE 3 with identifier a/#:2", "UNSUBSCRIBE 4 a/#",
           "PINGREQ", "AUTH 0x19", "DISCONNECT 0x04"}};
}

TEST(PacketDecoderTest, ReadsEveryPacketOfAClient) {
  EXPECT_EQ(decode(in_mqtt_311().stream), in_mqtt_311().words);
  EXPECT_EQ(decode(in_mqtt_5().stream), in_mqtt_5().words);
}

TEST(PacketDecoderTest, HoweverTheBytesAreCutThePacketsAreTheSame) {
  for (const Conversation& c : {in_mqtt_311(), in_mqtt_5()}) {
    for (const std::size_t piece_bytes : {1U, 2U, 3U, 5U, 7U, 64U, 333U}) {
      EXPECT_EQ(decode(c.stream, piece_bytes), c.words) << piece_bytes;
    }
  }
}

TEST(PacketDecoderTest, AStreamThatEndsAnywhereGivesThePacketsCompleteByThen) {
  for (const Conversation& c : {in_mqtt_311(), in_mqtt_5()}) {
    for (std::size_t end = 0; end < c.stream.size(); ++end) {
      const Words words = decode(c.stream.substr(0, end));
      ASSERT_LT(words.size(), c.words.size()) << end;
      const auto same = c.words.begin() + static_cast<std::ptrdiff_t>(words.size());
      ASSERT_EQ(words, Words(c.words.begin(), same));
    }
  }
}

TEST(PacketDecoderTest, ADamagedByteAnywhereNeverDoesMoreThanEndTheStream) {
  for (const Conversation& c : {in_mqtt_311(), in_mqtt_5()}) {
    for (std::size_t at = 0; at < c.stream.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = c.stream;
        damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << bit));
        ASSERT_EQ(decode(damaged), decode(damaged, 1)) << at << " bit " << bit;
      }
    }
  }
}

TEST(PacketDecoderTest, AfterAnErrorEveryCallRepeatsIt) {
  PacketDecoder decoder{DecoderLimits{}};
  decoder.feed("\x30");
  EXPECT_EQ(std::get<Fault>(decoder.next()), Fault::kFirstPacketNotConnect);
  decoder.retain();
  decoder.feed(connect());
  EXPECT_EQ(std::get<Fault>(decoder.next()), Fault::kFirstPacketNotConnect);
}

TEST(PacketDecoderTest, ConnectComesFirst) {  // [MQTT-3.1.0-1]
  EXPECT_EQ(decode(client_bytes::pingreq()), Words{"error first_packet_not_connect"});
  // Found with the first byte: nothing is buffered for one who has not said CONNECT.
  EXPECT_EQ(decode("\x32"), Words{"error first_packet_not_connect"});
}

TEST(PacketDecoderTest, ConnectComesOnce) {  // [MQTT-3.1.0-2]
  EXPECT_EQ(decode_one(connect()), "error second_connect");
}

TEST(PacketDecoderTest, AConnectOverItsOwnLimitIsRefusedByItsHeader) {
  const std::string header = "\x10\x80\x80\x04";  // 64 KiB
  EXPECT_EQ(decode(header), Words{"error packet_too_large"});
}

TEST(PacketDecoderTest, ARemainingLengthHasFourBytesAtMost) {
  EXPECT_EQ(decode("\x10\xFF\xFF\xFF\xFF"), Words{"error malformed_length"});
  EXPECT_EQ(decode("\x10\x80\x80\x80\x80"), Words{"error malformed_length"});
}

TEST(PacketDecoderTest, ALongerFormOfARemainingLengthIsReadBeforeMqtt5) {
  const std::string pingreq("\xC0\x80\x80\x00", 4);
  EXPECT_EQ(decode_one(pingreq, kLevel31), "PINGREQ");
  EXPECT_EQ(decode_one(pingreq), "PINGREQ");
  EXPECT_EQ(decode_one_5(pingreq), "error malformed_length");  // [MQTT-1.5.5-1]
}

TEST(PacketDecoderTest, ReservedFlagsMustBeAsTheTableSays) {
  // [MQTT-2.2.2-2], in MQTT 5 [MQTT-2.1.3-1]; [MQTT-3.6.1-1], [MQTT-3.8.1-1], [MQTT-3.10.1-1]
  for (const std::string bytes :
       {"\xC1", "\xE8", "\x41", "\x80", "\x8A", "\xA0", "\xA3", "\x52", "\x60", "\x6A", "\x71"}) {
    EXPECT_EQ(decode_one(bytes), "error reserved_bits") << ::testing::PrintToString(bytes);
    EXPECT_EQ(decode_one_5(bytes), "error reserved_bits") << ::testing::PrintToString(bytes);
  }
  EXPECT_EQ(decode_one_5("\xF1"), "error reserved_bits");  // [MQTT-3.15.1-1]
  EXPECT_EQ(decode("\x11"), Words{"error reserved_bits"});
}

TEST(PacketDecoderTest, InMqtt31WhatIsRepeatedCarriesDup) {
  EXPECT_EQ(decode_one(packet(PacketType::kSubscribe, 0x0A, u16(3) + text("a") + "\x01"), kLevel31),
            "SUBSCRIBE 3 a:1");
  EXPECT_EQ(decode_one(packet(PacketType::kPubrel, 0x0A, u16(3)), kLevel31), "PUBREL 3");
}

TEST(PacketDecoderTest, PacketsOnlyServersSendAndUnknownOnesAreErrors) {
  for (const std::string bytes : {"\x20", "\x90", "\xB0", "\xD0"}) {
    EXPECT_EQ(decode_one(bytes), "error unexpected_packet") << ::testing::PrintToString(bytes);
    EXPECT_EQ(decode_one_5(bytes), "error unexpected_packet") << ::testing::PrintToString(bytes);
  }
  EXPECT_EQ(decode_one(std::string(1, '\0')), "error unexpected_packet");
  EXPECT_EQ(decode_one("\xF0"), "error unexpected_packet");  // AUTH
}

TEST(PacketDecoderTest, PacketsOfFixedLengthHaveIt) {
  EXPECT_EQ(decode_one("\xC0\x01"), "error malformed_packet");
  EXPECT_EQ(decode_one_5("\xC0\x01"), "error malformed_packet");
  EXPECT_EQ(decode_one("\xE0\x01"), "error malformed_packet");
  for (const std::string type : {"\x40", "\x50", "\x62", "\x70"}) {
    EXPECT_EQ(decode_one(type + "\x03"), "error malformed_packet");
    EXPECT_EQ(decode_one(type + "\x01"), "error malformed_packet");
    EXPECT_EQ(decode_one_5(type + "\x01"), "error malformed_packet");
  }
}

TEST(PacketDecoderTest, TheLevelIsKnownOfAConnectThatIsWrongBehindIt) {
  const auto level_after = [](const std::string& bytes) {
    PacketDecoder decoder{DecoderLimits{}};
    decoder.feed(bytes);
    decoder.next();
    return decoder.level();
  };
  EXPECT_EQ(level_after(""), std::nullopt);
  EXPECT_EQ(level_after(connect()), kLevel311);
  EXPECT_EQ(level_after(connect({.level = kLevel5, .flags = 0x03})), kLevel5);
  EXPECT_EQ(level_after(connect({.level = 6})), std::nullopt);
}

TEST(PacketDecoderTest, AnIdleDecoderIsSmall) {
  EXPECT_LE(sizeof(PacketDecoder), 256U);
  PacketDecoder decoder{DecoderLimits{}};
  EXPECT_LE(decoder.held_bytes(), 32U);
  // Also after packets that came in pieces.
  std::string stream = connect() + client_bytes::publish_qos_1(1, "a", std::string(5000, 'x'));
  while (!stream.empty()) {
    const std::string piece = stream.substr(0, 1400);
    stream.erase(0, piece.size());
    decoder.feed(piece);
    while (!std::holds_alternative<NeedMoreBytes>(decoder.next())) continue;
    decoder.retain();
  }
  EXPECT_LE(decoder.held_bytes(), 300U);
}

TEST(PacketDecoderTest, WrongPublishFlagsAreErrorsByTheirFirstByte) {
  EXPECT_EQ(decode_one("\x36"), "error invalid_qos");    // [MQTT-3.3.1-4]
  EXPECT_EQ(decode_one("\x38"), "error reserved_bits");  // [MQTT-3.3.1-2]: DUP with QoS 0
}

DecoderLimits small() {
  return {.max_packet_bytes = 100, .max_connect_bytes = 100, .max_subscriptions = 3};
}

TEST(PacketDecoderTest, APublishOverTheLimitIsSkippedAndReported) {
  const std::string stream = connect() +
                             client_bytes::publish_qos_1(5, "a/b", std::string(5000, 'x')) +
                             client_bytes::pingreq();
  for (const std::size_t piece_bytes : {1U, 10U, 99U, 10'000U}) {
    EXPECT_EQ(decode(stream, piece_bytes, small()),
              (Words{"CONNECT level 4 clean true keep-alive 60 id device-1",
                     "PUBLISH q1 dup false id 5 a/b [skipped 5000]", "PINGREQ"}))
        << piece_bytes;
  }
}

TEST(PacketDecoderTest, TheHeadOfAPublishOverTheLimitIsCheckedAsAnyOther) {
  const std::string body(200, 'x');
  EXPECT_EQ(decode(connect() + client_bytes::publish_qos_1(0, "a", body), 9, small()).back(),
            "error invalid_packet_id");
  EXPECT_EQ(decode(connect() + client_bytes::publish_qos_0("a/#", body), 9, small()).back(),
            "error invalid_topic");
  EXPECT_EQ(decode(connect() + packet(PacketType::kPublish, 0, u16(500) + body), 9, small()).back(),
            "error malformed_packet");
}

TEST(PacketDecoderTest, OfWhatIsSkippedThePropertiesAreRead) {
  const std::string payload(5000, 'x');
  const std::string stream =
      connect({.level = kLevel5}) +
      publish(
          {.level = kLevel5, .topic = "a/b", .properties = property(PropertyId::kTopicAlias, 1)}) +
      publish({.level = kLevel5,
               .qos = Qos::kAtLeastOnce,
               .packet_id = 5,
               .payload = payload,
               .properties = property(PropertyId::kTopicAlias, 1) +
                             property(PropertyId::kResponseTopic, "answers") +
                             property(PropertyId::kCorrelationData, "c")}) +
      publish({.level = kLevel5,
               .topic = "a/c",
               .payload = payload,
               .properties = property(PropertyId::kTopicAlias, 2)}) +
      publish({.level = kLevel5, .properties = property(PropertyId::kTopicAlias, 2)});
  for (const std::size_t piece_bytes : {1U, 10U, 99U, 20'000U}) {
    const Words words = decode(stream, piece_bytes, small());
    EXPECT_EQ(
        Words(words.begin() + 1, words.end()),
        (Words{"PUBLISH q0 dup false id 0 a/b []",
               "PUBLISH q1 dup false id 5 a/b [skipped 5000] response-topic answers "
               "correlation-data c",
               "PUBLISH q0 dup false id 0 a/c [skipped 5000]", "PUBLISH q0 dup false id 0 a/c []"}))
        << piece_bytes;
  }
}

TEST(PacketDecoderTest, WhatComesBeforeASkippedPayloadIsBounded) {
  // Of properties, and of a topic: known by their lengths, before they are there.
  const std::string properties = u16(1) + "a" + "\xFF\x7F";
  const std::string long_properties = "\x30\xFF\xFF\x7F" + properties;
  EXPECT_EQ(decode(connect({.level = kLevel5}) + long_properties, 99, small()).back(),
            "error packet_too_large");
  EXPECT_EQ(decode(connect() + "\x30\xFF\xFF\x7F" + u16(200), 99, small()).back(),
            "error packet_too_large");
  const std::string no_length = "\x30\xFF\xFF\x7F" + u16(1) + "a" + "\xFF\xFF\xFF\xFF";
  EXPECT_EQ(decode(connect({.level = kLevel5}) + no_length, 99, small()).back(),
            "error malformed_length");
}

TEST(PacketDecoderTest, ALimitOfPacketsBelowThatOfConnectIsNotItsOwn) {
  const DecoderLimits limits{.max_packet_bytes = 20, .max_connect_bytes = 100};
  EXPECT_EQ(decode(connect({.client_id = "an id of thirty characters ..."}), 9, limits),
            Words{"CONNECT level 4 clean true keep-alive 60 id an id of thirty characters ..."});
}

TEST(PacketDecoderTest, TopicAliasesAreHeldAndBounded) {
  PacketDecoder decoder({.topic_alias_maximum = 10, .max_topic_alias_bytes = 2000});
  std::string stream = connect({.level = kLevel5});
  decoder.feed(stream);
  EXPECT_TRUE(std::holds_alternative<Connect>(decoder.next()));
  for (std::uint32_t alias = 1; alias <= 4; ++alias) {
    decoder.retain();
    EXPECT_LE(decoder.held_bytes(), 2000U);
    stream = publish({.level = kLevel5,
                      .topic = std::string(500, 't'),
                      .properties = property(PropertyId::kTopicAlias, alias)});
    decoder.feed(stream);
    const Decoded decoded = decoder.next();
    if (alias < 4) {
      EXPECT_TRUE(std::holds_alternative<Publish>(decoded)) << alias;
      EXPECT_GE(decoder.held_bytes(), alias * 500);
    } else {
      EXPECT_EQ(std::get<Fault>(decoded), Fault::kTopicAliasesTooLarge);
    }
  }
}

TEST(PacketDecoderTest, WithoutAnAliasMaximumThereAreNone) {  // [MQTT-3.3.2-9]
  EXPECT_EQ(decode(connect({.level = kLevel5}) +
                       publish({.level = kLevel5,
                                .topic = "a",
                                .properties = property(PropertyId::kTopicAlias, 1)}),
                   99, {.topic_alias_maximum = 0})
                .back(),
            "error invalid_topic_alias");
}

TEST(PacketDecoderTest, WhatIsSkippedIsNotHeld) {
  PacketDecoder decoder(small());
  const std::string stream =
      connect() + client_bytes::publish_qos_0("a", std::string(1'000'000, 'x'));
  std::size_t most_held = 0;
  for (std::size_t at = 0; at < stream.size(); at += 1000) {
    const std::string piece = stream.substr(at, 1000);
    decoder.feed(piece);
    while (!std::holds_alternative<NeedMoreBytes>(decoder.next())) continue;
    decoder.retain();
    most_held = std::max(most_held, decoder.held_bytes());
  }
  EXPECT_LE(most_held, 8192U);
}

TEST(PacketDecoderTest, TheTopicOfWhatWasSkippedIsNotHeldOn) {
  PacketDecoder decoder(
      {.max_packet_bytes = 70'000, .max_connect_bytes = 100, .max_subscriptions = 3});
  const std::string stream =
      connect() + client_bytes::publish_qos_0(std::string(65'000, 't'), std::string(10'000, 'x'));
  decoder.feed(stream);
  EXPECT_TRUE(std::holds_alternative<Connect>(decoder.next()));
  const Decoded skipped = decoder.next();
  ASSERT_TRUE(std::holds_alternative<Publish>(skipped));
  EXPECT_EQ(std::get<Publish>(skipped).topic.size(), 65'000U);
  EXPECT_TRUE(std::holds_alternative<NeedMoreBytes>(decoder.next()));
  decoder.retain();
  EXPECT_LE(decoder.held_bytes(), 8192U);
}

TEST(PacketDecoderTest, AClaimedLengthCostsNoMemory) {
  PacketDecoder decoder{DecoderLimits{}};
  const std::string stream = connect() + "\x30\xFF\xFF\x3F" + u16(1) + "a";  // 1 MiB to come
  decoder.feed(stream);
  EXPECT_TRUE(std::holds_alternative<Connect>(decoder.next()));
  EXPECT_TRUE(std::holds_alternative<NeedMoreBytes>(decoder.next()));
  decoder.retain();
  EXPECT_LE(decoder.held_bytes(), 1024U);
}

TEST(PacketDecoderTest, ABufferThatIsNotNeededIsGivenBack) {
  PacketDecoder decoder{DecoderLimits{}};
  const std::string stream = connect() + client_bytes::publish_qos_0("a", std::string(90'000, 'x'));
  decoder.feed(std::string_view(stream).substr(0, 80'000));
  while (!std::holds_alternative<NeedMoreBytes>(decoder.next())) continue;
  decoder.retain();
  EXPECT_GT(decoder.held_bytes(), 79'000U);
  decoder.feed(std::string_view(stream).substr(80'000));
  EXPECT_TRUE(std::holds_alternative<Publish>(decoder.next()));
  decoder.retain();
  EXPECT_LE(decoder.held_bytes(), 4096U);
}

TEST(PacketDecoderTest, OtherPacketsOverTheLimitAreErrors) {
  EXPECT_EQ(decode(connect() + client_bytes::subscribe(1, {{std::string(200, 'a'), {}}}), 1U << 20U,
                   small())
                .back(),
            "error packet_too_large");
}

}  // namespace
}  // namespace millrace::mqtt
