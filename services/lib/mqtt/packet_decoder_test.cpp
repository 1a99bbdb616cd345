// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/packet_decoder.h"

#include "lib/mqtt/packet_fixture.h"

namespace millrace::mqtt {
namespace {

using client_bytes::connect;
using client_bytes::packet;
using client_bytes::text;
using client_bytes::u16;

std::string every_packet() {
  return connect() + client_bytes::publish_qos_0("kp1/v/dcx/t/json", "{\"a\":1}") +
         client_bytes::publish_qos_1(7, "kp1/v/dcx/t/json/1", std::string(300, 'x')) +
         client_bytes::puback(9) +
         client_bytes::subscribe(3, {{"a/#", Qos::kExactlyOnce}, {"b", Qos::kAtMostOnce}}) +
         client_bytes::unsubscribe(4, {"a/#", "b"}) + client_bytes::pingreq() +
         client_bytes::disconnect();
}

Words every_packet_in_words() {
  return {"CONNECT level 4 clean true keep-alive 60 id device-1",
          "PUBLISH q0 dup false id 0 kp1/v/dcx/t/json [{\"a\":1}]",
          "PUBLISH q1 dup false id 7 kp1/v/dcx/t/json/1 [" + std::string(300, 'x') + "]",
          "PUBACK 9",
          "SUBSCRIBE 3 a/#:2 b:0",
          "UNSUBSCRIBE 4",
          "PINGREQ",
          "DISCONNECT"};
}

TEST(PacketDecoderTest, ReadsEveryPacketOfAClient) {
  EXPECT_EQ(decode(every_packet()), every_packet_in_words());
}

TEST(PacketDecoderTest, HoweverTheBytesAreCutThePacketsAreTheSame) {
  for (const std::size_t piece_bytes : {1U, 2U, 3U, 5U, 7U, 64U, 333U}) {
    EXPECT_EQ(decode(every_packet(), piece_bytes), every_packet_in_words()) << piece_bytes;
  }
}

TEST(PacketDecoderTest, AStreamThatEndsAnywhereGivesThePacketsCompleteByThen) {
  const std::string stream = every_packet();
  const Words all = every_packet_in_words();
  for (std::size_t end = 0; end < stream.size(); ++end) {
    const Words words = decode(stream.substr(0, end));
    ASSERT_LT(words.size(), all.size()) << end;
    ASSERT_EQ(words, Words(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(words.size())));
  }
}

TEST(PacketDecoderTest, ADamagedByteAnywhereNeverDoesMoreThanEndTheStream) {
  const std::string stream = every_packet();
  for (std::size_t at = 0; at < stream.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = stream;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << bit));
      ASSERT_EQ(decode(damaged), decode(damaged, 1)) << at << " bit " << bit;
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

TEST(PacketDecoderTest, ALongerFormOfARemainingLengthIsRead) {
  EXPECT_EQ(decode_one(std::string("\xC0\x80\x80\x00", 4)), "PINGREQ");
}

TEST(PacketDecoderTest, ReservedFlagsMustBeAsTheTableSays) {  // [MQTT-2.2.2-2]
  for (const std::string bytes : {"\xC1", "\xE8", "\x41", "\x80", "\x8A", "\xA0", "\xA3"}) {
    EXPECT_EQ(decode_one(bytes), "error reserved_bits") << ::testing::PrintToString(bytes);
  }
  EXPECT_EQ(decode("\x11"), Words{"error reserved_bits"});
}

TEST(PacketDecoderTest, InMqtt31ARepeatedSubscribeCarriesDup) {
  const std::string subscribe = packet(PacketType::kSubscribe, 0x0A, u16(3) + text("a") + "\x01");
  EXPECT_EQ(decode(connect({.protocol = "MQIsdp", .level = 3}) + subscribe).back(),
            "SUBSCRIBE 3 a:1");
}

TEST(PacketDecoderTest, PacketsOnlyServersSendAndUnknownOnesAreErrors) {
  for (const std::string bytes : {"\x20", "\x90", "\xB0", "\xD0", "\xF0", "\x50", "\x62", "\x70"}) {
    EXPECT_EQ(decode_one(bytes), "error unexpected_packet") << ::testing::PrintToString(bytes);
  }
  EXPECT_EQ(decode_one(std::string(1, '\0')), "error unexpected_packet");
}

TEST(PacketDecoderTest, PacketsOfFixedLengthHaveIt) {
  EXPECT_EQ(decode_one("\xC0\x01"), "error malformed_packet");
  EXPECT_EQ(decode_one("\xE0\x01"), "error malformed_packet");
  EXPECT_EQ(decode_one("\x40\x03"), "error malformed_packet");
  EXPECT_EQ(decode_one("\x40\x01"), "error malformed_packet");
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
