// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/session.h"

#include "mqtt-receiver/session_fixture.h"

namespace millrace::mqtt_receiver {
namespace {

using mqtt::client_bytes::connect;
using mqtt::client_bytes::publish_qos_0;
using mqtt::client_bytes::publish_qos_1;
using mqtt::client_bytes::publish_qos_2;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Code = intake::Receipt::Code;

// --- CONNECT ---

TEST_F(SessionTest, AConnectIsAcceptedWithoutASessionPresent) {  // [MQTT-3.2.2-3]
  EXPECT_THAT(receive(connect()), ElementsAre("CONNACK 0"));
  EXPECT_EQ(session_->client_id(), "device-1");
  EXPECT_EQ(closed_, std::nullopt);
}

TEST_F(SessionTest, CleanSession0IsAcceptedAndNothingIsPresent) {
  EXPECT_THAT(receive(connect({.flags = 0x00})), ElementsAre("CONNACK 0"));
}

TEST_F(SessionTest, AnotherProtocolLevelIsRefusedWithCode1) {  // [MQTT-3.1.2-2]
  EXPECT_THAT(receive(connect({.level = 2})), ElementsAre("CONNACK 1"));
  EXPECT_EQ(closed_, CloseReason::kUnacceptableProtocolLevel);
  EXPECT_TRUE(session_->said_goodbye());
}

TEST_F(SessionTest, AnEmptyClientIdNeedsACleanSession) {  // [MQTT-3.1.3-7], [MQTT-3.1.3-8]
  EXPECT_THAT(receive(connect({.flags = 0x00, .client_id = ""})), ElementsAre("CONNACK 2"));
  EXPECT_EQ(closed_, CloseReason::kIdentifierRejected);
  start({});
  EXPECT_THAT(receive(connect({.client_id = ""})), ElementsAre("CONNACK 0"));  // [MQTT-3.1.3-6]
  EXPECT_EQ(session_->client_id(), "");
}

TEST_F(SessionTest, Mqtt31HasNoEmptyClientIds) {
  EXPECT_THAT(receive(connect({.protocol = "MQIsdp", .level = 3, .client_id = ""})),
              ElementsAre("CONNACK 2"));
  start({});
  EXPECT_THAT(receive(connect({.protocol = "MQIsdp", .level = 3})), ElementsAre("CONNACK 0"));
}

TEST_F(SessionTest, AClientIdHasABound) {
  EXPECT_THAT(receive(connect({.client_id = std::string(kMaxClientIdBytes, 'c')})),
              ElementsAre("CONNACK 0"));
  start({});
  EXPECT_THAT(receive(connect({.client_id = std::string(kMaxClientIdBytes + 1, 'c')})),
              ElementsAre("CONNACK 2"));
}

TEST_F(SessionTest, ABadConnectClosesWithoutAWord) {  // [MQTT-3.1.4-1]
  EXPECT_THAT(receive(connect({.flags = 0x03})), IsEmpty());
  EXPECT_EQ(closed_, close_reason(mqtt::Fault::kReservedBits));
  EXPECT_FALSE(session_->said_goodbye());
}

TEST_F(SessionTest, ASecondConnectCloses) {  // [MQTT-3.1.0-2]
  start_connected();
  EXPECT_THAT(receive(connect()), IsEmpty());
  EXPECT_EQ(closed_, close_reason(mqtt::Fault::kSecondConnect));
}

TEST_F(SessionTest, WithoutAConnectTheConnectionEndsAfterATime) {
  EXPECT_EQ(session_->next_deadline(), now_ + 10s);
  const std::string whole = connect();
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {  // a slow one gains nothing
    receive(whole.substr(i, 1));
    advance(300ms);
  }
  EXPECT_EQ(closed_, std::nullopt);
  advance(10s - 300ms * static_cast<int>(whole.size() - 1));
  EXPECT_EQ(closed_, CloseReason::kConnectTimeout);
}

TEST_F(SessionTest, PublishesMayFollowConnectInOneGo) {
  EXPECT_THAT(receive(connect() + publish_qos_0(kTopic, "1") + mqtt::client_bytes::pingreq()),
              ElementsAre("CONNACK 0", "PINGRESP"));
  EXPECT_EQ(submitted_.size(), 1U);
}

// --- keep alive and time-outs ---

TEST_F(SessionTest, SilenceForOneAndAHalfKeepAlivesEndsTheConnection) {  // [MQTT-3.1.2-24]
  start({});
  receive(connect({.keep_alive_s = 10}));
  advance(14s);
  EXPECT_THAT(receive(mqtt::client_bytes::pingreq()), ElementsAre("PINGRESP"));
  EXPECT_EQ(session_->next_deadline(), now_ + 15s);
  advance(15s - 1ms);
  EXPECT_EQ(closed_, std::nullopt);
  advance(1ms);
  EXPECT_EQ(closed_, CloseReason::kKeepAliveTimeout);
}

TEST_F(SessionTest, KeepAlive0IsOff) {
  receive(connect({.keep_alive_s = 0}));
  EXPECT_EQ(session_->next_deadline(), time::Instant::max());
  advance(1000h);
  EXPECT_EQ(closed_, std::nullopt);
}

TEST_F(SessionTest, KeepAliveRestsWhileReadingIsPaused) {
  start({.uploads = {.max_uploads = 1}});
  receive(connect({.keep_alive_s = 10}) + publish_qos_1(1, kTopic, "1"));
  EXPECT_FALSE(session_->wants_input());
  advance(1h);
  EXPECT_EQ(closed_, std::nullopt);
  answer(1, Code::kAccepted);
  EXPECT_EQ(session_->next_deadline(), now_ + 15s);  // begins anew
}

TEST_F(SessionTest, APacketThatBeginsMustEndInTime) {
  start_connected({.packet_timeout = 5s});
  const std::string publish = publish_qos_0(kTopic, "1");
  receive(publish.substr(0, 4));
  advance(4s);
  receive(publish.substr(4, 4));  // more bytes do not buy more time
  EXPECT_EQ(session_->next_deadline(), now_ + 1s);
  advance(1s);
  EXPECT_EQ(closed_, CloseReason::kPacketTimeout);
}

TEST_F(SessionTest, EachPacketHasItsOwnTime) {
  start_connected({.packet_timeout = 5s});
  const std::string publish = publish_qos_0(kTopic, "1");
  receive(publish.substr(0, 4));
  advance(4s);
  receive(publish.substr(4) + publish.substr(0, 4));
  EXPECT_EQ(session_->next_deadline(), now_ + 5s);
  receive(publish.substr(4));
  advance(20s);
  EXPECT_EQ(closed_, std::nullopt);
}

// --- SUBSCRIBE and the rest ---

TEST_F(SessionTest, FiltersOfOneEndpointAreGrantedAndOthersRefused) {
  start_connected();  // [MQTT-3.8.4-5], [MQTT-3.9.3-2]
  EXPECT_THAT(receive(mqtt::client_bytes::subscribe(
                  3, {{"kp1/demo-v1/dcx/token/json/23/status", mqtt::Qos::kAtMostOnce},
                      {"kp1/demo-v1/dcx/token/json/+", mqtt::Qos::kAtLeastOnce},
                      {"kp1/demo-v1/dcx/token/json/#", mqtt::Qos::kExactlyOnce},
                      {"kp1/demo-v1/dcx/token/json", mqtt::Qos::kAtMostOnce},
                      {"#", mqtt::Qos::kAtMostOnce},
                      {"$share/g/kp1/demo-v1/dcx/token/json/#", mqtt::Qos::kAtMostOnce},
                      {"a/#/b", mqtt::Qos::kAtLeastOnce},
                      {"", mqtt::Qos::kAtMostOnce}})),
              ElementsAre("SUBACK 3 0,1,2,0,128,128,128,128"));
}

TEST_F(SessionTest, AResponseComesOnceThoughSubscriptionsMatch) {
  start_connected();
  receive(mqtt::client_bytes::subscribe(
      3, {{"kp1/demo-v1/dcx/token/#", mqtt::Qos::kAtMostOnce},
          {"kp1/demo-v1/dcx/token/json/23/status", mqtt::Qos::kAtLeastOnce}}));
  receive(publish_qos_0(kTopicWithId, "1"));
  EXPECT_THAT(answer(1, Code::kAccepted),
              ElementsAre("PUBLISH q0 kp1/demo-v1/dcx/token/json/23/status"));
}

TEST_F(SessionTest, PublishesAreNotRouted) {
  start_connected();
  receive(
      mqtt::client_bytes::subscribe(3, {{"kp1/demo-v1/dcx/token/json", mqtt::Qos::kAtMostOnce}}));
  receive(publish_qos_0(kTopic, "1"));
  EXPECT_THAT(answer(1, Code::kAccepted), IsEmpty());
}

TEST_F(SessionTest, UnsubscribeAndPingAreAnswered) {  // [MQTT-3.10.4-5], [MQTT-3.12.4-1]
  start_connected();
  EXPECT_THAT(receive(mqtt::client_bytes::unsubscribe(4, {"never/subscribed"}) +
                      mqtt::client_bytes::pingreq()),
              ElementsAre("UNSUBACK 4", "PINGRESP"));
}

TEST_F(SessionTest, DisconnectEndsTheSessionAfterWhatCameBefore) {  // [MQTT-3.14.4-2]
  start_connected();
  EXPECT_THAT(receive(publish_qos_0(kTopic, "1") + mqtt::client_bytes::disconnect() +
                      mqtt::client_bytes::pingreq()),
              IsEmpty());
  EXPECT_EQ(submitted_.size(), 1U);
  EXPECT_EQ(closed_, CloseReason::kDisconnected);
  EXPECT_THAT(answer(1, Code::kAccepted), IsEmpty());
  EXPECT_THAT(advance(1h), IsEmpty());
}

// --- whole streams ---

TEST_F(SessionTest, DeliveredByteByByteTheOutcomeIsTheSame) {
  const std::string stream =
      connect() + mqtt::client_bytes::subscribe(1, {{"a/#", mqtt::Qos::kAtLeastOnce}}) +
      publish_qos_0(kTopic, "[1,2]") + publish_qos_1(7, kTopicWithId, std::string(400, ' ')) +
      publish_qos_1(8, "elsewhere", "x") + publish_qos_2(9, "elsewhere", "x") +
      mqtt::client_bytes::pubrel(10) + mqtt::client_bytes::pingreq() +
      mqtt::client_bytes::unsubscribe(2, {"a/#"}) + mqtt::client_bytes::disconnect();
  const Packets at_once = receive(stream);
  const auto submitted_at_once = submitted_.size();
  const auto closed_at_once = closed_;
  EXPECT_EQ(closed_at_once, CloseReason::kDisconnected);

  start({});
  Packets by_byte;
  for (const char byte : stream) {
    for (std::string& packet : receive(std::string(1, byte))) by_byte.push_back(std::move(packet));
  }
  EXPECT_EQ(by_byte, at_once);
  EXPECT_EQ(submitted_.size(), submitted_at_once);
  EXPECT_EQ(closed_, closed_at_once);
}

TEST_F(SessionTest, EverythingIsTallied) {
  start_connected();
  receive(publish_qos_0(kTopicWithId, "1") + publish_qos_1(2, kTopic, "2") +
          mqtt::client_bytes::pingreq());
  answer(1, Code::kAccepted);
  answer(2, Code::kBadRequest);
  EXPECT_EQ(tally_.packets, 4U);
  EXPECT_EQ(tally_.publishes[0], 1U);
  EXPECT_EQ(tally_.publishes[1], 1U);
  EXPECT_EQ(tally_.status_responses, 1U);
  EXPECT_EQ(tally_.error_responses, 1U);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
