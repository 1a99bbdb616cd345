// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/websocket_upgrade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mqtt-receiver/websocket_fixture.h"

namespace millrace::mqtt_receiver {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using websocket_bytes::upgrade;

// Of a request that is whole: the first line of the answer.
std::string status(const std::string& request) {
  const auto answer = answer_upgrade(request);
  if (!answer) return "nothing yet";
  EXPECT_EQ(answer->accepted(), answer->response.starts_with("HTTP/1.1 101 "));
  return answer->response.substr(0, answer->response.find("\r\n"));
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(WebSocketUpgrade, IsAnsweredWithTheHashOfItsKeyAndOneSubprotocol) {
  const std::string request = upgrade();
  const auto answer = answer_upgrade(request + "\x82 frames");
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->accepted());
  EXPECT_EQ(answer->head_bytes, request.size());
  // The key is RFC 6455's example, 1.3.
  EXPECT_EQ(answer->response,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            "Sec-WebSocket-Protocol: mqtt\r\n\r\n");
}

TEST(WebSocketUpgrade, ItsHeadMayComeInAnyPieces) {
  const std::string request = upgrade();
  for (std::size_t count = 0; count < request.size(); ++count) {
    EXPECT_FALSE(answer_upgrade(request.substr(0, count)).has_value()) << count;
  }
}

TEST(WebSocketUpgrade, TheOlderNameOfTheSubprotocolIsKnown) {  // [MQTT-6.0.0-3, 6.0.0-4]
  EXPECT_THAT(answer_upgrade(upgrade("mqttv3.1"))->response,
              HasSubstr("Sec-WebSocket-Protocol: mqttv3.1\r\n"));
  EXPECT_THAT(answer_upgrade(upgrade("mqttv3.1, mqtt"))->response,
              HasSubstr("Sec-WebSocket-Protocol: mqtt\r\n"));
  const std::string twice =
      replaced(upgrade("chat"), "\r\n\r\n", "\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n");
  EXPECT_EQ(status(twice), "HTTP/1.1 101 Switching Protocols");
}

TEST(WebSocketUpgrade, WhatOtherClientsWriteIsTaken) {
  EXPECT_THAT(status(upgrade("mqtt", "/ws?token=a")), StartsWith("HTTP/1.1 101"));
  EXPECT_THAT(status(replaced(upgrade(), "Upgrade: websocket", "upgrade: WebSocket")),
              StartsWith("HTTP/1.1 101"));
  EXPECT_THAT(status(replaced(upgrade(), "\r\n\r\n",
                              "\r\nOrigin: https://example.com\r\nSec-WebSocket-Extensions: "
                              "permessage-deflate\r\n\r\n")),
              StartsWith("HTTP/1.1 101"));
}

TEST(WebSocketUpgrade, EachMistakeHasItsAnswer) {
  EXPECT_EQ(status(upgrade("mqtt", "/")), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(status(upgrade("mqtt", "/wss")), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(status(upgrade("mqtt", "/mqtt")), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(status(replaced(upgrade(), "GET", "POST")), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_EQ(status("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 426 Upgrade Required");
  EXPECT_EQ(status(replaced(upgrade(), "keep-alive, Upgrade", "keep-alive")),
            "HTTP/1.1 426 Upgrade Required");
  EXPECT_EQ(status(replaced(upgrade(), "Version: 13", "Version: 8")),
            "HTTP/1.1 426 Upgrade Required");
  EXPECT_THAT(answer_upgrade(replaced(upgrade(), "Version: 13", "Version: 8"))->response,
              HasSubstr("\r\nSec-WebSocket-Version: 13\r\n"));
  for (const char* key : {"", "dGhlIHNhbXBsZSBub25j", "dGhlIHNhbXBsZSBub25jZ===",
                          "dGhlIHNhbXBsZS-ub25jZQ==", "dGhlIHNhbXBsZSBub25jZWFh"}) {
    EXPECT_EQ(status(replaced(upgrade(), "dGhlIHNhbXBsZSBub25jZQ==", key)),
              "HTTP/1.1 400 Bad Request")
        << key;
  }
  EXPECT_EQ(status(upgrade("chat")), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status(upgrade("mqttt")), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status(replaced(upgrade(), "Host: localhost:8083\r\n", "")),
            "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status(replaced(upgrade(), "HTTP/1.1", "HTTP/1.0")), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status("GET /ws\r\n\r\n"), "HTTP/1.1 400 Bad Request");
}

TEST(WebSocketUpgrade, ARefusalSaysWhyAndEnds) {
  const auto answer = answer_upgrade(upgrade("chat"));
  EXPECT_THAT(answer->refusal, HasSubstr("subprotocol mqtt"));
  EXPECT_THAT(answer->response, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer->response, HasSubstr("\r\n\r\n" + answer->refusal + "\n"));
}

TEST(WebSocketUpgrade, BytesThatAreNoHttpAreRefusedAtOnce) {
  EXPECT_EQ(status("\x10"), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status("\x16\x03\x01"), "HTTP/1.1 400 Bad Request");
}

TEST(WebSocketUpgrade, AHeadThatGrowsTooLargeIsRefused) {
  const std::string large(kMaxUpgradeHeadBytes, 'a');
  EXPECT_EQ(status("GET /ws HTTP/1.1\r\nX: " + large.substr(0, 8000)), "nothing yet");
  EXPECT_EQ(status("GET /ws HTTP/1.1\r\nX: " + large),
            "HTTP/1.1 431 Request Header Fields Too Large");
}

}  // namespace
}  // namespace millrace::mqtt_receiver
