// SPDX-License-Identifier: Apache-2.0
//
// Between CONNECT and the word of whoever knows the client's credentials.
#include "mqtt-receiver/session_fixture.h"

namespace millrace::mqtt_receiver {
namespace {

using mqtt::ReasonCode;
using mqtt::client_bytes::connect;
using mqtt::client_bytes::text;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class SessionAuthenticationTest : public SessionTest {
 protected:
  SessionAuthenticationTest() { accepts_clients_ = false; }
};

TEST_F(SessionAuthenticationTest, WhatConnectShowsIsToBeChecked) {
  EXPECT_THAT(receive(connect({.flags = 0xC2, .after_client_id = text("me") + text("secret")})),
              IsEmpty());
  ASSERT_TRUE(asked_.has_value());
  EXPECT_EQ(asked_->user_name, "me");
  EXPECT_EQ(asked_->password, "secret");
  start({});
  receive(connect());
  ASSERT_TRUE(asked_.has_value());
  EXPECT_EQ(asked_->user_name, std::nullopt);
  EXPECT_EQ(asked_->password, std::nullopt);
}

TEST_F(SessionAuthenticationTest, WhatFollowsConnectWaitsForTheVerdict) {  // [MQTT-3.1.4-5]
  EXPECT_THAT(receive(connect() + mqtt::client_bytes::publish_qos_0(kTopic, "1") +
                      mqtt::client_bytes::pingreq()),
              IsEmpty());
  EXPECT_FALSE(session_->wants_input());
  EXPECT_THAT(submitted_, IsEmpty());
  EXPECT_THAT(authenticated({}), ElementsAre("CONNACK 0", "PINGRESP"));
  EXPECT_EQ(submitted_.size(), 1U);
  EXPECT_TRUE(session_->wants_input());
}

TEST_F(SessionAuthenticationTest, ARefusalIsConnackAndTheEnd) {
  const std::pair<ReasonCode, std::string> cases[] = {
      {ReasonCode::kBadUserNameOrPassword, "CONNACK 4"},
      {ReasonCode::kNotAuthorized, "CONNACK 5"},
      {ReasonCode::kServerUnavailable, "CONNACK 3"},
  };
  for (const auto& [code, want] : cases) {
    start({});
    receive(connect() + mqtt::client_bytes::publish_qos_0(kTopic, "1"));
    EXPECT_THAT(authenticated({.reason_code = code}), ElementsAre(want));
    EXPECT_EQ(closed_, code == ReasonCode::kServerUnavailable
                           ? CloseReason::kAuthenticationUnavailable
                           : CloseReason::kCredentialsRefused);
    EXPECT_TRUE(session_->said_goodbye());
    EXPECT_THAT(submitted_, IsEmpty());
    EXPECT_THAT(authenticated({}), IsEmpty());
  }
}

TEST_F(SessionAuthenticationTest, Mqtt5HearsTheReason) {
  connect_5({});
  EXPECT_THAT(
      authenticated({.reason_code = ReasonCode::kBadUserNameOrPassword, .reason = "not known"}),
      ElementsAre("CONNACK 134 reason-string=not known"));
  start({});
  connect_5({});
  EXPECT_THAT(authenticated({.reason_code = ReasonCode::kServerUnavailable}),
              ElementsAre(StartsWith("CONNACK 136 reason-string=client credentials cannot")));
}

TEST_F(SessionAuthenticationTest, TheVerdictMustComeInTime) {
  receive(connect());
  EXPECT_EQ(session_->next_deadline(), now_ + 10s);
  advance(9999ms);
  EXPECT_EQ(closed_, std::nullopt);
  EXPECT_THAT(advance(1ms), ElementsAre("CONNACK 3"));
  EXPECT_EQ(closed_, CloseReason::kConnectTimeout);
  EXPECT_THAT(authenticated({}), IsEmpty());
}

TEST_F(SessionAuthenticationTest, AVerdictWithoutAQuestionChangesNothing) {
  EXPECT_THAT(authenticated({}), IsEmpty());
  EXPECT_THAT(receive(connect()), IsEmpty());
  EXPECT_THAT(authenticated({}), ElementsAre("CONNACK 0"));
  EXPECT_THAT(authenticated({.reason_code = ReasonCode::kNotAuthorized}), IsEmpty());
  EXPECT_EQ(closed_, std::nullopt);
}

TEST_F(SessionAuthenticationTest, AStopMeanwhileIsToldAndIsTheEnd) {
  receive(connect());
  EXPECT_THAT(begin_stop(), ElementsAre("CONNACK 3"));
  EXPECT_EQ(closed_, CloseReason::kShutdown);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
