// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/websocket_stream.h"

#include <deque>

#include <gtest/gtest.h>

#include "mqtt-receiver/websocket_fixture.h"

namespace millrace::mqtt_receiver {
namespace {

using namespace std::string_literals;
using namespace websocket_bytes;

// The stream below, played by the test.
struct Below {
  std::deque<std::string> arriving = {};
  std::string sent = {};
  std::size_t room = 1U << 20U;  // bytes it takes before it is full
  bool closed = false;
  bool shut_down = false;
};

class BelowStream final : public ByteStream {
 public:
  explicit BelowStream(Below& below) : below_(below) {}

  StreamResult read(char* into, std::size_t size) override {
    if (below_.arriving.empty()) {
      return {below_.closed ? StreamStatus::kClosed : StreamStatus::kWantRead};
    }
    const std::string bytes = below_.arriving.front();
    below_.arriving.pop_front();
    EXPECT_LE(bytes.size(), size);
    bytes.copy(into, size);
    return {StreamStatus::kDone, bytes.size()};
  }
  // As TLS: what was refused must be offered again, the same bytes or more.
  StreamResult write(std::string_view bytes) override {
    EXPECT_TRUE(bytes.starts_with(refused_)) << "another text after a refusal";
    refused_.clear();
    const std::size_t count = std::min(bytes.size(), below_.room);
    if (count == 0) {
      refused_ = bytes;
      return {StreamStatus::kWantWrite};
    }
    below_.room -= count;
    below_.sent += bytes.substr(0, count);
    return {StreamStatus::kDone, count};
  }
  StreamResult shutdown() override {
    below_.shut_down = true;
    return {};
  }

 private:
  Below& below_;
  std::string refused_;
};

class WebSocketStreamTest : public testing::Test {
 protected:
  std::string read() {
    const StreamResult result = stream_.read(buffer_, sizeof buffer_);
    last_ = result.status;
    return {buffer_, result.bytes};
  }
  // As Connection does: until nothing is left or the stream below is full.
  void write(std::string_view bytes) {
    while (!bytes.empty() || stream_.has_output()) {
      const StreamResult result = stream_.write(bytes);
      last_ = result.status;
      if (result.status != StreamStatus::kDone) break;
      bytes.remove_prefix(result.bytes);
    }
    left_ = bytes.size();
  }

  Below below_;
  std::string scratch_;
  WebSocketStream stream_{std::make_unique<BelowStream>(below_), frame({"early"}), scratch_};
  char buffer_[1000];
  StreamStatus last_ = StreamStatus::kDone;
  std::size_t left_ = 0;  // of the last write
};

TEST_F(WebSocketStreamTest, WhatCameWithTheUpgradeIsReadFirst) {
  below_.arriving = {frame({"later"})};
  EXPECT_TRUE(stream_.has_input());
  EXPECT_EQ(read(), "early");
  EXPECT_FALSE(stream_.has_input());
  EXPECT_EQ(read(), "later");
  read();
  EXPECT_EQ(last_, StreamStatus::kWantRead);
}

TEST_F(WebSocketStreamTest, WhatIsWrittenLeavesInBinaryFrames) {
  write("answer");
  EXPECT_EQ(below_.sent,
            "\x82\x06"
            "answer"s);
  below_.sent.clear();
  write(std::string(40'000, 'a'));
  std::string payload;
  for (std::size_t at = 0; at < below_.sent.size();) {
    ASSERT_EQ(below_.sent[at], '\x82');
    ASSERT_EQ(below_.sent[at + 1], '\x7E');
    const std::size_t size = static_cast<std::uint8_t>(below_.sent[at + 2]) << 8U |
                             static_cast<std::uint8_t>(below_.sent[at + 3]);
    EXPECT_LE(size + 4, 16U << 10U);
    payload += below_.sent.substr(at + 4, size);
    at += 4 + size;
  }
  EXPECT_EQ(payload, std::string(40'000, 'a'));
}

TEST_F(WebSocketStreamTest, AFrameGoesOnWhereTheSocketWasFull) {
  const std::string answer(300, 'a');
  const std::string whole = "\x82\x7E\x01\x2C" + answer;
  for (const std::size_t room : {0U, 1U, 3U, 4U, 5U, 100U, 303U}) {
    below_.sent.clear();
    below_.room = room;
    write(answer);
    EXPECT_EQ(last_, StreamStatus::kWantWrite);
    // A ping meanwhile must not get between a head and its payload.
    below_.arriving = {frame({"x", kPing})};
    while (stream_.has_input()) read();
    EXPECT_EQ(read(), "");
    below_.room = 1 << 20;
    write(std::string_view(answer).substr(answer.size() - left_));
    EXPECT_EQ(below_.sent, whole + "\x8A\x01x") << room;
  }
}

TEST_F(WebSocketStreamTest, APingIsAnsweredWithoutAnythingElseToSay) {
  read();
  below_.arriving = {frame({"are you there", kPing})};
  EXPECT_EQ(read(), "");
  EXPECT_EQ(last_, StreamStatus::kDone);
  EXPECT_TRUE(stream_.has_output());
  write("");
  EXPECT_EQ(below_.sent,
            "\x8A\x0D"
            "are you there"s);
  EXPECT_FALSE(stream_.has_output());
}

TEST_F(WebSocketStreamTest, ACloseFrameIsAnsweredAfterWhatCameBeforeIt) {
  read();
  below_.arriving = {frame({"last"}) + frame({"\x03\xE8"s, kClose})};
  EXPECT_EQ(read(), "last");
  EXPECT_TRUE(stream_.has_input());
  read();
  EXPECT_EQ(last_, StreamStatus::kClosed);
  EXPECT_EQ(below_.sent, "\x88\x02\x03\xE8"s);
  EXPECT_TRUE(below_.shut_down);
  EXPECT_EQ(stream_.write("too late").status, StreamStatus::kClosed);
  read();
  EXPECT_EQ(last_, StreamStatus::kClosed);
}

TEST_F(WebSocketStreamTest, ATextMessageIsAFaultAndTheClientIsTold) {  // [MQTT-6.0.0-1]
  read();
  below_.arriving = {frame({"text", kText})};
  read();
  EXPECT_EQ(last_, StreamStatus::kFailed);
  EXPECT_EQ(stream_.fault(), "a text message, MQTT needs binary ones");
  EXPECT_EQ(below_.sent, "\x88\x02\x03\xEB"s);
}

TEST_F(WebSocketStreamTest, OurEndIsSaidOnce) {
  EXPECT_EQ(stream_.shutdown().status, StreamStatus::kDone);
  EXPECT_EQ(stream_.shutdown().status, StreamStatus::kDone);
  EXPECT_EQ(below_.sent, "\x88\x02\x03\xE8"s);
  EXPECT_TRUE(below_.shut_down);
}

TEST_F(WebSocketStreamTest, OurEndWaitsForRoom) {
  below_.room = 1;
  EXPECT_EQ(stream_.shutdown().status, StreamStatus::kWantWrite);
  EXPECT_FALSE(below_.shut_down);
  below_.room = 10;
  EXPECT_EQ(stream_.shutdown().status, StreamStatus::kDone);
  EXPECT_EQ(below_.sent, "\x88\x02\x03\xE8"s);
}

TEST_F(WebSocketStreamTest, ASocketThatEndsIsClosed) {
  read();
  below_.closed = true;
  read();
  EXPECT_EQ(last_, StreamStatus::kClosed);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
