// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/connection.h"

#include "mqtt-receiver/loopback.h"

namespace millrace::mqtt_receiver {
namespace {

using namespace std::chrono_literals;
using mqtt::client_bytes::publish_qos_0;
using mqtt::client_bytes::publish_qos_1;
using ::testing::StartsWith;
using Code = intake::Receipt::Code;

constexpr std::string_view kTopic = "kp1/demo-v1/dcx/token/json";
constexpr std::string_view kTopicWithId = "kp1/demo-v1/dcx/token/json/23";

class ConnectionTest : public LoopbackTest {};

TEST_F(ConnectionTest, AcknowledgesAfterTheReceiptAndNotBefore) {
  listen();
  Device device = this->device();
  EXPECT_EQ(device.connect("d"), "CONNACK 0");
  device.send(publish_qos_1(7, kTopicWithId, "{\"a\":1}") + mqtt::client_bytes::pingreq());
  EXPECT_EQ(device.next(), "PINGRESP");
  EXPECT_EQ(intake_.answer(Code::kAccepted), "{\"a\":1}");
  EXPECT_EQ(device.next(), "PUBACK 7");
  EXPECT_EQ(device.next(), "PUBLISH q1 id=1 kp1/demo-v1/dcx/token/json/23/status");
}

TEST_F(ConnectionTest, BytesThatTrickleInAreServedToo) {
  listen();
  Device device = this->device();
  device.socket().set_option(boost::asio::ip::tcp::no_delay(true));
  for (const char byte : mqtt::client_bytes::connect() + publish_qos_1(1, kTopic, "[1]")) {
    device.send(std::string(1, byte));
  }
  EXPECT_EQ(device.next(), "CONNACK 0");
  EXPECT_EQ(intake_.answer(Code::kAccepted), "[1]");
  EXPECT_EQ(device.next(), "PUBACK 1");
}

TEST_F(ConnectionTest, ABurstBeyondTheWindowIsAnsweredWholeAndInOrder) {
  ListenerOptions options = this->options();
  options.connection.session.uploads.max_uploads = 16;
  listen(options);
  Device device = this->device();
  device.connect("d");
  constexpr std::uint16_t kCount = 2000;
  std::jthread answers([&] {
    for (int i = 0; i < kCount; ++i) intake_.answer(Code::kAccepted);
  });
  std::jthread publishes([&] {
    std::string stream;
    for (std::uint16_t i = 1; i <= kCount; ++i) {
      stream += publish_qos_1(i, kTopic, std::string(i, ' '));
    }
    device.send(stream);
  });
  for (std::uint16_t i = 1; i <= kCount; ++i) {
    ASSERT_EQ(device.next(), fmt::format("PUBACK {}", i));
  }
}

TEST_F(ConnectionTest, AFullWindowStopsTheReadingUntilAnAnswer) {
  ListenerOptions options = this->options();
  options.connection.session.uploads.max_uploads = 2;
  listen(options);
  Device device = this->device();
  device.connect("d");
  device.send(publish_qos_1(1, kTopic, "1") + publish_qos_1(2, kTopic, "2") +
              publish_qos_1(3, kTopic, "3"));
  EXPECT_TRUE(eventually([&] { return gauge("millrace_mqtt_paused_connections") == 1; }));
  EXPECT_TRUE(intake_.wait_for(2));
  EXPECT_EQ(intake_.waiting(), 2U);
  EXPECT_EQ(intake_.answer(Code::kAccepted), "1");
  EXPECT_TRUE(intake_.wait_for(3));
  intake_.answer(Code::kAccepted);
  intake_.answer(Code::kAccepted);
  for (const int id : {1, 2, 3}) EXPECT_EQ(device.next(), fmt::format("PUBACK {}", id));
  EXPECT_TRUE(eventually([&] { return gauge("millrace_mqtt_paused_connections") == 0; }));
}

TEST_F(ConnectionTest, WhileIntakeIsUnavailableAnUploadIsSubmittedAgain) {
  listen();
  Device device = this->device();
  device.connect("d");
  device.send(publish_qos_1(1, kTopic, "[1]"));
  EXPECT_EQ(intake_.answer(Code::kUnavailable), "[1]");
  EXPECT_EQ(intake_.answer(Code::kAccepted), "[1]");
  EXPECT_EQ(device.next(), "PUBACK 1");
}

TEST_F(ConnectionTest, IntakeUnavailableForTooLongClosesWithoutAnAcknowledgement) {
  ListenerOptions options = this->options();
  options.connection.session.uploads.unavailable_timeout = 120ms;
  listen(options);
  Device device = this->device();
  device.connect("d");
  device.send(publish_qos_1(1, kTopic, "[1]"));
  intake_.answer(Code::kUnavailable);
  EXPECT_EQ(device.next(), "closed");
  EXPECT_EQ(closed(CloseReason::kUploadUnavailable), 1);
}

TEST_F(ConnectionTest, AWillIsSubmittedWhenTheSocketEnds) {
  listen();
  {
    Device device = this->device();
    const std::string will = mqtt::client_bytes::will(mqtt::kLevel311, "kp1/v/dcx/t/json", "gone");
    device.send(mqtt::client_bytes::connect({.flags = 0x06, .after_client_id = will}));
    EXPECT_EQ(device.next(), "CONNACK 0");
  }
  ASSERT_TRUE(intake_.wait_for(1));
  EXPECT_EQ(intake_.answer(Code::kAccepted), "gone");  // nobody is there to be told
  EXPECT_TRUE(eventually([&] { return gauge("millrace_mqtt_connections") == 0; }));
}

TEST_F(ConnectionTest, AnMqtt5ClientReadsWhyItIsClosed) {
  listen();
  Device first = device();
  first.send(mqtt::client_bytes::connect({.level = mqtt::kLevel5, .client_id = "the-one"}));
  EXPECT_THAT(first.next(), StartsWith("CONNACK 0 "));
  first.send("\xc0");  // the beginning of a packet: closing with bytes unread would reset
  Device second = device();
  EXPECT_EQ(second.connect("the-one"), "CONNACK 0");
  EXPECT_THAT(first.next(), StartsWith("DISCONNECT 0x8e"));
  EXPECT_EQ(first.next(), "closed");
}

TEST_F(ConnectionTest, ARefusalIsReadBeforeTheEnd) {
  listen();
  Device device = this->device();
  device.send(mqtt::client_bytes::connect({.level = 2}) + std::string(1000, 'x'));
  EXPECT_EQ(device.next(), "CONNACK 1");
  EXPECT_EQ(device.next(), "closed");
}

TEST_F(ConnectionTest, SilenceInsteadOfConnectEndsTheConnection) {
  ListenerOptions options = this->options();
  options.connection.session.connect_timeout = 50ms;
  listen(options);
  Device device = this->device();
  device.send("\x10\x20");
  EXPECT_EQ(device.next(), "closed");
  EXPECT_EQ(closed(CloseReason::kConnectTimeout), 1);
}

TEST_F(ConnectionTest, BrokenBytesEndTheConnectionAndNoOther) {
  listen();
  Device good = this->device();
  good.connect("good");
  Device bad = this->device();
  bad.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(bad.next(), "closed");
  good.send(mqtt::client_bytes::pingreq());
  EXPECT_EQ(good.next(), "PINGRESP");
  EXPECT_EQ(closed(close_reason(mqtt::Fault::kFirstPacketNotConnect)), 1);
}

TEST_F(ConnectionTest, ADeviceThatDoesNotReadItsAnswersIsClosed) {
  ListenerOptions options = this->options();
  options.connection.max_output_bytes = 256 << 10;
  options.connection.write_timeout = 100ms;
  listen(options);
  Device device = this->device();
  device.connect("d");
  // Each is answered with an error of the same length, which nobody reads.
  const std::string publish = publish_qos_0(std::string(60'000, 'a'), "");
  while (device.send(publish)) continue;
  EXPECT_TRUE(eventually([&] { return closed(CloseReason::kSlowReader) == 1; }));
}

TEST_F(ConnectionTest, APacketThatOutgrowsTheMemoryOfAllEndsTheConnection) {
  ListenerOptions options = this->options();
  options.max_buffered_bytes = 100'000;
  listen(options);
  Device device = this->device();
  device.connect("d");
  const std::string publish = publish_qos_0(kTopic, std::string(900'000, ' '));
  device.send(std::string_view(publish).substr(0, 400'000));
  EXPECT_EQ(device.next(), "closed");
  EXPECT_EQ(closed(CloseReason::kMemoryExhausted), 1);
}

TEST_F(ConnectionTest, UploadsBeyondTheMemoryOfAllWaitTheirTurn) {
  ListenerOptions options = this->options();
  options.max_buffered_bytes = 100'000;
  listen(options);
  Device device = this->device();
  device.connect("d");
  std::string stream;
  for (std::uint16_t i = 1; i <= 100; ++i) {
    stream += publish_qos_1(i, kTopic, std::string(10'000, ' '));
  }
  std::jthread publishes([&] { device.send(stream); });
  EXPECT_TRUE(eventually([&] { return gauge("millrace_mqtt_paused_connections") == 1; }));
  EXPECT_LT(intake_.waiting(), 50U);
  for (std::uint16_t i = 1; i <= 100; ++i) {
    intake_.answer(Code::kAccepted);
    ASSERT_EQ(device.next(), fmt::format("PUBACK {}", i));
  }
}

TEST_F(ConnectionTest, AReceiptForADeviceThatHasGoneDoesNothing) {
  listen();
  {
    Device device = this->device();
    device.connect("d");
    device.send(publish_qos_1(1, kTopic, "[1]") + mqtt::client_bytes::disconnect());
    EXPECT_EQ(device.next(), "closed");
  }
  EXPECT_EQ(intake_.answer(Code::kAccepted), "[1]");
  EXPECT_EQ(closed(CloseReason::kDisconnected), 1);
}

TEST_F(ConnectionTest, ADeviceThatVanishesIsCountedAsClosedByItself) {
  listen();
  {
    Device device = this->device();
    device.connect("d");
  }
  EXPECT_TRUE(eventually([&] { return closed(CloseReason::kPeerClosed) == 1; }));
  EXPECT_TRUE(eventually([&] { return connections() == 0; }));
}

TEST_F(ConnectionTest, ARefusedUploadIsAnsweredOnItsErrorTopic) {
  listen();
  Device device = this->device();
  device.connect("d");
  device.send(publish_qos_0(kTopic, "not JSON"));
  intake_.answer({.code = Code::kBadRequest, .reason_phrase = "not JSON"});
  EXPECT_THAT(device.next(),
              StartsWith("PUBLISH q0 kp1/demo-v1/dcx/token/json/error {\"statusCode\":400"));
}

}  // namespace
}  // namespace millrace::mqtt_receiver
