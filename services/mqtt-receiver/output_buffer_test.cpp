// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/output_buffer.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

// Takes so many bytes a call, until its room is used up; then says `when_full`.
class NarrowStream final : public ByteStream {
 public:
  StreamResult read(char*, std::size_t) override { return {StreamStatus::kWantRead}; }
  StreamResult write(std::string_view bytes) override {
    own_waits = false;
    const std::size_t count = std::min({bytes.size(), room, std::size_t{3}});
    if (count == 0 && !bytes.empty()) return {when_full};
    room -= count;
    taken += bytes.substr(0, count);
    return {StreamStatus::kDone, count};
  }
  StreamResult shutdown() override { return {}; }
  bool has_output() const override { return own_waits; }

  std::size_t room = 1000;
  StreamStatus when_full = StreamStatus::kWantWrite;
  std::string taken;
  bool own_waits = false;
};

TEST(OutputBuffer, SendsAllThatTheStreamTakes) {
  NarrowStream stream;
  OutputBuffer output;
  EXPECT_EQ(output.send(stream).status, StreamStatus::kDone);
  output.append("one ");
  output.append("and two");
  const StreamResult sent = output.send(stream);
  EXPECT_EQ(sent.status, StreamStatus::kDone);
  EXPECT_EQ(sent.bytes, 11U);
  EXPECT_EQ(stream.taken, "one and two");
  EXPECT_EQ(output.pending(), 0U);
}

TEST(OutputBuffer, GoesOnWhereItStopped) {
  for (std::size_t room = 0; room <= 10; ++room) {
    NarrowStream stream;
    stream.room = room;
    OutputBuffer output;
    output.append("0123456789");
    output.append("more");
    const StreamResult sent = output.send(stream);
    EXPECT_EQ(sent.status, StreamStatus::kWantWrite);
    EXPECT_EQ(sent.bytes, room);
    EXPECT_EQ(output.pending(), 14 - room);
    stream.room = 100;
    output.append("!");
    output.send(stream);
    EXPECT_EQ(stream.taken, "0123456789more!") << room;
  }
}

TEST(OutputBuffer, WhatTheStreamHasOfItsOwnIsSentToo) {
  NarrowStream stream;
  stream.own_waits = true;
  OutputBuffer output;
  EXPECT_EQ(output.send(stream).status, StreamStatus::kDone);
  EXPECT_FALSE(stream.own_waits);
}

TEST(OutputBuffer, AStreamThatHasEndedSaysSo) {
  NarrowStream stream;
  stream.room = 3;
  stream.when_full = StreamStatus::kClosed;
  OutputBuffer output;
  output.append("0123456789");
  const StreamResult sent = output.send(stream);
  EXPECT_EQ(sent.status, StreamStatus::kClosed);
  EXPECT_EQ(sent.bytes, 3U);
  output.drop();
  EXPECT_EQ(output.pending(), 0U);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
