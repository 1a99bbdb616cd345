// SPDX-License-Identifier: Apache-2.0
//
// Wills: an upload that a device leaves behind in case it goes without a word.
#include "mqtt-receiver/session_fixture.h"

namespace millrace::mqtt_receiver {
namespace {

using mqtt::client_bytes::connect;
using mqtt::client_bytes::disconnect;
using mqtt::client_bytes::will;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class SessionWillTest : public SessionTest {
 protected:
  // Clean session and a will, which stays as it is until the end.
  void start_with_will(std::string_view topic = kTopic) {
    start({});
    ASSERT_THAT(receive(connect({.flags = 0x06, .after_client_id = will(4, topic, "gone")})),
                ElementsAre("CONNACK 0"));
  }
  void start_with_will_5() {
    start({});
    ASSERT_THAT(connect_5({.flags = 0x06, .after_client_id = will(5, kTopic, "gone")}),
                ElementsAre(StartsWith("CONNACK 0 ")));
  }
};

TEST_F(SessionWillTest, EveryEndWithoutDisconnectSendsTheWill) {  // [MQTT-3.1.2-8]
  for (const CloseReason reason :
       {CloseReason::kPeerClosed, CloseReason::kTakenOver, CloseReason::kTokenRevoked,
        CloseReason::kSlowReader, CloseReason::kMemoryExhausted, CloseReason::kShutdown}) {
    start_with_will();
    end(reason);
    ASSERT_TRUE(will_.has_value()) << name(reason);
    EXPECT_EQ(will_->path.token, "token");
    EXPECT_EQ(will_->body, "gone");
    EXPECT_EQ(tally_.wills_submitted, 1U);
    end(CloseReason::kPeerClosed);  // once
    EXPECT_EQ(tally_.wills_submitted, 1U);
  }
}

TEST_F(SessionWillTest, SilenceAndABrokenRuleSendItToo) {
  start_with_will();
  advance(90s);
  EXPECT_EQ(closed_, CloseReason::kKeepAliveTimeout);
  EXPECT_TRUE(will_.has_value());
  start_with_will();
  receive("\xff");
  EXPECT_TRUE(will_.has_value());
  start_with_will();
  begin_stop();
  EXPECT_TRUE(will_.has_value());
}

TEST_F(SessionWillTest, DisconnectDropsIt) {  // [MQTT-3.1.2-10], [MQTT-3.14.4-3]
  start_with_will();
  EXPECT_GT(session_->held_bytes(), 0U);
  receive(disconnect());
  EXPECT_EQ(will_, std::nullopt);
  EXPECT_EQ(tally_.wills_submitted + tally_.wills_dropped, 0U);
  start_with_will_5();
  receive(disconnect(mqtt::ReasonCode::kSuccess));
  EXPECT_EQ(will_, std::nullopt);
}

TEST_F(SessionWillTest, DisconnectWithWillSendsIt) {  // section 3.14.2.1
  start_with_will_5();
  EXPECT_THAT(receive(disconnect(mqtt::ReasonCode::kDisconnectWithWill)), IsEmpty());
  EXPECT_EQ(closed_, CloseReason::kDisconnected);
  EXPECT_TRUE(will_.has_value());
}

TEST_F(SessionWillTest, AWillDelayHasNothingToWaitFor) {  // [MQTT-3.1.3-9]
  connect_5({.flags = 0x06,
             .after_client_id =
                 will(5, kTopic, "gone",
                      mqtt::client_bytes::property(mqtt::PropertyId::kWillDelayInterval, 3600))});
  end(CloseReason::kPeerClosed);
  EXPECT_TRUE(will_.has_value());
}

TEST_F(SessionWillTest, BeforeMqtt5AWillOnAnotherTopicIsTakenAndDropped) {
  start_with_will("devices/1/offline");
  end(CloseReason::kPeerClosed);
  EXPECT_EQ(will_, std::nullopt);
  EXPECT_EQ(tally_.wills_dropped, 1U);
}

TEST_F(SessionWillTest, Mqtt5IsToldThatAWillWillNotDo) {
  EXPECT_THAT(connect_5({.flags = 0x06, .after_client_id = will(5, "devices/1/offline", "gone")}),
              ElementsAre(StartsWith("CONNACK 144 reason-string=the will's topic")));
  EXPECT_EQ(closed_, CloseReason::kWillRefused);
  start({});
  EXPECT_THAT(connect_5({.flags = 0x26, .after_client_id = will(5, kTopic, "gone")}),
              ElementsAre(StartsWith("CONNACK 154 ")));  // [MQTT-3.2.2-13]
  EXPECT_EQ(closed_, CloseReason::kRetainedWill);
  EXPECT_EQ(will_, std::nullopt);
}

TEST_F(SessionWillTest, BeforeMqtt5RetainOfAWillIsIgnored) {
  receive(connect({.flags = 0x26, .after_client_id = will(4, kTopic, "gone")}));
  end(CloseReason::kPeerClosed);
  EXPECT_TRUE(will_.has_value());
}

TEST_F(SessionWillTest, WhoIsNotLetInHasNoWill) {
  accepts_clients_ = false;
  receive(connect({.flags = 0x06, .after_client_id = will(4, kTopic, "gone")}));
  end(CloseReason::kPeerClosed);
  EXPECT_EQ(will_, std::nullopt);
  start({});
  receive(connect({.flags = 0x06, .after_client_id = will(4, kTopic, "gone")}));
  authenticated({.reason_code = mqtt::ReasonCode::kNotAuthorized});
  EXPECT_EQ(will_, std::nullopt);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
