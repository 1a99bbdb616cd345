// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/listener.h"

#include <future>

#include "lib/error/error.h"
#include "mqtt-receiver/loopback.h"

namespace millrace::mqtt_receiver {
namespace {

using namespace std::chrono_literals;
using mqtt::client_bytes::pingreq;
using mqtt::client_bytes::publish_qos_1;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Code = intake::Receipt::Code;

constexpr std::string_view kTopic = "kp1/demo-v1/dcx/token/json";

class ListenerTest : public LoopbackTest {};

TEST_F(ListenerTest, ConnectionsOnAllThreadsAreServed) {
  listen();
  std::vector<std::unique_ptr<Device>> devices;
  for (int i = 0; i < 8; ++i) {
    devices.push_back(std::make_unique<Device>(listener_->port()));
    EXPECT_EQ(devices.back()->connect(fmt::format("device-{}", i)), "CONNACK 0");
  }
  for (const auto& device : devices) device->send(publish_qos_1(1, kTopic, "[1]"));
  for (int i = 0; i < 8; ++i) intake_.answer(Code::kAccepted);
  for (const auto& device : devices) EXPECT_EQ(device->next(), "PUBACK 1");
  EXPECT_EQ(connections(), 8);
}

TEST_F(ListenerTest, AClientIdThatConnectsAgainTakesOver) {  // [MQTT-3.1.4-2]
  listen();
  Device first = device();
  first.connect("same");
  Device second = device();  // on the other thread
  EXPECT_EQ(second.connect("same"), "CONNACK 0");
  EXPECT_EQ(first.next(), "closed");
  Device third = device();  // on the first's
  EXPECT_EQ(third.connect("same"), "CONNACK 0");
  EXPECT_EQ(second.next(), "closed");
  third.send(pingreq());
  EXPECT_EQ(third.next(), "PINGRESP");
  EXPECT_EQ(closed(CloseReason::kTakenOver), 2);
}

TEST_F(ListenerTest, ClientsWithoutAnIdDoNotTakeOver) {
  listen();
  Device first = device();
  first.connect("");
  Device second = device();
  second.connect("");
  first.send(pingreq());
  EXPECT_EQ(first.next(), "PINGRESP");
}

TEST_F(ListenerTest, ARevokedTokenEndsTheConnectionsThatUsedIt) {
  listen();
  Device revoked = device();
  Device other = device();
  revoked.connect("revoked");
  other.connect("other");
  revoked.send(publish_qos_1(1, kTopic, "[1]"));
  intake_.answer(Code::kAccepted, /*token_id=*/5);
  EXPECT_EQ(revoked.next(), "PUBACK 1");
  other.send(publish_qos_1(1, kTopic, "[1]"));
  intake_.answer(Code::kAccepted, /*token_id=*/6);
  EXPECT_EQ(other.next(), "PUBACK 1");

  listener_->revoke(5);
  EXPECT_EQ(revoked.next(), "closed");
  other.send(pingreq());
  EXPECT_EQ(other.next(), "PINGRESP");
  EXPECT_EQ(closed(CloseReason::kTokenRevoked), 1);
}

TEST_F(ListenerTest, ARevocationBeforeTheStartIsHarmless) {
  Listener listener(options(), platform_);
  listener.revoke(5);
  ASSERT_TRUE(listener.start({intake_, credentials_}).ok());
  Device device(listener.port());
  EXPECT_EQ(device.connect("d"), "CONNACK 0");
}

TEST_F(ListenerTest, ConnectionsBeyondTheBoundAreClosedUntilOneEnds) {
  ListenerOptions options = this->options();
  options.max_connections = 2;
  listen(options);
  Device first = device();
  first.connect("1");
  auto second = std::make_unique<Device>(listener_->port());
  second->connect("2");
  Device refused = device();
  EXPECT_EQ(refused.connect("3"), "closed");
  second.reset();
  EXPECT_TRUE(eventually([&] { return connections() == 1; }));
  Device fourth = device();
  EXPECT_EQ(fourth.connect("4"), "CONNACK 0");
}

TEST_F(ListenerTest, ManyShortConnectionsLeaveNothingBehind) {
  listen();
  for (int i = 0; i < 500; ++i) {
    Device device = this->device();
    if (i % 2 == 0) device.send(mqtt::client_bytes::connect());
  }
  // The kernel has taken connections that the listener may see only later: none open is not enough.
  EXPECT_TRUE(eventually([&] { return begun("accepted") + begun("abandoned") == 500; }));
  EXPECT_TRUE(eventually([&] { return connections() == 0; }));
  EXPECT_EQ(gauge("millrace_mqtt_paused_connections"), 0);
  metrics_.expose();  // refreshes the gauge
  EXPECT_EQ(gauge("millrace_mqtt_buffered_bytes"), 0);
}

TEST_F(ListenerTest, AStopAnswersWhatIsInFlightAndEndsInOrder) {
  listen();
  Device busy = device();
  busy.connect("busy");
  busy.send(publish_qos_1(1, kTopic, "[1]"));
  Device idle = device();
  idle.connect("idle");
  ASSERT_TRUE(intake_.wait_for(1));
  auto abandoned = std::async(std::launch::async, [&] { return listener_->stop(kPatience); });
  EXPECT_EQ(idle.next(), "closed");
  idle.socket().close();
  intake_.answer(Code::kAccepted);
  EXPECT_EQ(busy.next(), "PUBACK 1");
  EXPECT_EQ(busy.next(), "closed");
  busy.socket().close();
  EXPECT_EQ(abandoned.get(), 0U);
  EXPECT_EQ(closed(CloseReason::kShutdown), 2);
}

TEST_F(ListenerTest, AStopGivesUpAtItsDeadline) {
  listen();
  Device device = this->device();
  device.connect("d");
  device.send(publish_qos_1(1, kTopic, "[1]"));
  ASSERT_TRUE(intake_.wait_for(1));
  EXPECT_EQ(listener_->stop(0ms), 1U);
  EXPECT_EQ(device.next(), "closed");
  intake_.answer(Code::kAccepted);  // too late for anyone
  EXPECT_EQ(listener_->stop(0ms), 0U);
}

TEST_F(ListenerTest, AnOccupiedPortIsNamedWithItsSetting) {
  listen();
  ListenerOptions options = this->options();
  options.listens[0].listen.port = listener_->port();
  Listener second(options, platform_);
  EXPECT_THAT(error::message(second.start({intake_, credentials_})),
              AllOf(HasSubstr(fmt::format("127.0.0.1:{}", listener_->port())),
                    HasSubstr("mqtt-listen"), HasSubstr("in use")));
}

TEST_F(ListenerTest, AHostThatIsNoneIsNamed) {
  ListenerOptions options = this->options();
  options.listens[0].listen.host = "256.0.0.1.invalid";
  Listener listener(options, platform_);
  EXPECT_THAT(error::message(listener.start({intake_, credentials_})),
              HasSubstr("256.0.0.1.invalid"));
}

}  // namespace
}  // namespace millrace::mqtt_receiver
