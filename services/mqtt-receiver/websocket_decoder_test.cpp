// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/websocket_decoder.h"

#include <gtest/gtest.h>

#include "mqtt-receiver/websocket_fixture.h"

namespace millrace::mqtt_receiver {
namespace {

using namespace std::string_literals;
using namespace websocket_bytes;

// Everything that the binary messages carry, the bytes given `step` at a time.
std::string carried(WebSocketDecoder& decoder, std::string bytes, std::size_t step = 1 << 20) {
  std::string all;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string piece = bytes.substr(at, step);
    all.append(piece, 0, decoder.decode(piece.data(), piece.size()));
  }
  return all;
}

TEST(WebSocketDecoder, FramesOfEveryLengthGiveTheirPayload) {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65'535U, 65'536U, 200'000U}) {
    std::string payload;
    for (std::size_t i = 0; i < size; ++i) payload.push_back(static_cast<char>(i * 7));
    for (const std::size_t step : {1U, 3U, 1000U, 1U << 20U}) {
      WebSocketDecoder decoder;
      EXPECT_EQ(carried(decoder, frame({payload}) + frame({"next"}), step), payload + "next")
          << size << " in steps of " << step;
      EXPECT_FALSE(decoder.ended());
    }
  }
}

TEST(WebSocketDecoder, BordersOfFramesAndMessagesMeanNothing) {
  WebSocketDecoder decoder;
  EXPECT_EQ(carried(decoder, frame({"ab", kBinary, false}) + frame({"", 0, false}) +
                                 frame({"cd", 0, true}) + frame({"ef"})),
            "abcdef");
  EXPECT_FALSE(decoder.ended());
}

TEST(WebSocketDecoder, ControlFramesMayComeInTheMiddleOfAMessage) {
  WebSocketDecoder decoder;
  EXPECT_EQ(carried(decoder,
                    frame({"ab", kBinary, false}) + frame({"one", kPing}) +
                        frame({"unasked", kPong}) + frame({"two", kPing}) + frame({"cd", 0, true}),
                    1),
            "abcd");
  EXPECT_TRUE(decoder.has_ping());
  EXPECT_EQ(decoder.take_ping(), "two");  // stands for the one before it
  EXPECT_EQ(decoder.take_ping(), std::nullopt);
}

TEST(WebSocketDecoder, ACloseFrameEndsItAndNothingAfterItCounts) {
  WebSocketDecoder decoder;
  EXPECT_EQ(carried(decoder, frame({"ab"}) + frame({"\x03\xE9going"s, kClose}) + frame({"cd"})),
            "ab");
  EXPECT_TRUE(decoder.ended());
  EXPECT_EQ(decoder.close_code(), 1001);
  EXPECT_EQ(decoder.fault(), WebSocketFault::kNone);

  WebSocketDecoder silent;
  carried(silent, frame({"", kClose}));
  EXPECT_EQ(silent.close_code(), kCloseNormal);
}

TEST(WebSocketDecoder, WhatBreaksTheRulesIsFoundWithTheByteThatDoes) {
  struct Row {
    std::string bytes;
    WebSocketFault fault;
  };
  const std::string head = "\x82"s;
  const Row rows[] = {
      {"\x81"s, WebSocketFault::kNotBinary},
      {"\xC2"s, WebSocketFault::kReservedBit},
      {"\x92"s, WebSocketFault::kReservedBit},
      {"\x83"s, WebSocketFault::kUnknownOpcode},
      {"\x8B"s, WebSocketFault::kUnknownOpcode},
      {"\x80"s, WebSocketFault::kContinuation},
      {frame({"a", kBinary, false}) + "\x82", WebSocketFault::kContinuation},
      {frame({"a", kBinary, false}) + "\x81", WebSocketFault::kNotBinary},
      {head + "\x05", WebSocketFault::kNotMasked},
      {"\x09"s, WebSocketFault::kControlFrame},
      {"\x89\xFE"s, WebSocketFault::kControlFrame},
      {head + "\xFE\x00\x7D"s + "mask", WebSocketFault::kLength},
      {head + "\xFF\x00\x00\x00\x00\x00\x00\xFF\xFF"s + "mask", WebSocketFault::kLength},
      {head + "\xFF\x80\x00\x00\x00\x00\x01\x00\x00"s + "mask", WebSocketFault::kLength},
      {frame({"\x03"s, kClose}), WebSocketFault::kClosePayload},
      {frame({"\x03\xE7"s, kClose}), WebSocketFault::kClosePayload},  // 999
      {frame({"\x03\xED"s, kClose}), WebSocketFault::kClosePayload},  // 1005
  };
  for (const Row& row : rows) {
    WebSocketDecoder decoder;
    carried(decoder, row.bytes.substr(0, row.bytes.size() - 1), 1);
    EXPECT_FALSE(decoder.ended()) << phrase(row.fault);
    carried(decoder, row.bytes.substr(row.bytes.size() - 1));
    EXPECT_EQ(decoder.fault(), row.fault) << phrase(row.fault);
    EXPECT_EQ(decoder.close_code(),
              row.fault == WebSocketFault::kNotBinary ? kCloseNotBinary : kCloseProtocolError);
  }
}

TEST(WebSocketDecoder, ALengthThatIsOnlyClaimedCostsNothing) {
  WebSocketDecoder decoder;
  EXPECT_EQ(carried(decoder, "\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0some"s), "some");
  EXPECT_FALSE(decoder.ended());
}

TEST(WebSocketDecoder, FramesOfTheServerAreAsShortAsTheyCanBe) {
  const auto head = [](std::size_t size) {
    std::string bytes;
    append_binary_head(bytes, size);
    return bytes;
  };
  EXPECT_EQ(head(0), "\x82\x00"s);
  EXPECT_EQ(head(125), "\x82\x7D"s);
  EXPECT_EQ(head(126), "\x82\x7E\x00\x7E"s);
  EXPECT_EQ(head(65'535), "\x82\x7E\xFF\xFF"s);
  EXPECT_EQ(head(65'536), "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s);
  std::string bytes;
  append_pong(bytes, "ping");
  append_close(bytes, kCloseProtocolError);
  EXPECT_EQ(bytes, "\x8A\x04ping\x88\x02\x03\xEA"s);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
