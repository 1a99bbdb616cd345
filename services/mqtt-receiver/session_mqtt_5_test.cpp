// SPDX-License-Identifier: Apache-2.0
//
// What MQTT 5 adds: what CONNACK says, reasons, the client's limits, response topics, goodbyes.
#include "mqtt-receiver/session_fixture.h"

namespace millrace::mqtt_receiver {
namespace {

using mqtt::PropertyId;
using mqtt::Qos;
using mqtt::client_bytes::property;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using Code = intake::Receipt::Code;

class SessionMqtt5Test : public SessionTest {
 protected:
  static std::string publish(mqtt::client_bytes::PublishFields fields) {
    fields.level = mqtt::kLevel5;
    if (fields.topic.empty()) fields.topic = kTopic;
    return mqtt::client_bytes::publish(fields);
  }
  static std::string publish_qos_1(std::uint16_t id, std::string_view properties = {}) {
    return publish({.qos = Qos::kAtLeastOnce,
                    .packet_id = id,
                    .topic = kTopicWithId,
                    .payload = "1",
                    .properties = properties});
  }
};

// --- CONNACK ---

TEST_F(SessionMqtt5Test, ConnackSaysWhatTheServerTakesAndDoesNotDo) {  // section 3.2.2.3
  start({.decoder = {.max_packet_bytes = 5000}, .uploads = {.max_uploads = 12}});
  const Packets sent = connect_5({});
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_THAT(
      sent[0],
      AllOf(StartsWith("CONNACK 0 "), HasSubstr(" receive-maximum=12"),
            HasSubstr(" maximum-packet-size=5000"),
            HasSubstr(fmt::format(" topic-alias-maximum={}", limits_.decoder.topic_alias_maximum)),
            HasSubstr(" retain-available=0"), HasSubstr(" subscription-identifier-available=0"),
            HasSubstr(" shared-subscription-available=0")));
  EXPECT_THAT(sent[0], Not(HasSubstr("maximum-qos")));
  EXPECT_THAT(sent[0], Not(HasSubstr("session-expiry")));
  EXPECT_THAT(sent[0], Not(HasSubstr("assigned-client")));
  EXPECT_THAT(sent[0], Not(HasSubstr("server-keep-alive")));
  EXPECT_EQ(session_->client_id(), "device-1");
}

TEST_F(SessionMqtt5Test, NoSessionOutlivesItsConnectionWhateverIsAskedFor) {
  EXPECT_THAT(
      connect_5({.flags = 0, .properties = property(PropertyId::kSessionExpiryInterval, 9)}),
      ElementsAre(AllOf(StartsWith("CONNACK 0 "), HasSubstr("session-expiry-interval=0"))));
}

TEST_F(SessionMqtt5Test, AnEmptyClientIdIsAssignedOneWhichIsItsOwn) {  // [MQTT-3.1.3-6], -7
  const Packets first = connect_5({.flags = 0, .client_id = ""});
  const std::string id = session_->client_id();
  EXPECT_FALSE(id.empty());
  EXPECT_THAT(first, ElementsAre(HasSubstr(" assigned-client-identifier=" + id)));
  start({});
  connect_5({.client_id = ""});
  EXPECT_NE(session_->client_id(), id);
}

TEST_F(SessionMqtt5Test, AClientIdThatIsTooLongIsRefused) {
  EXPECT_THAT(connect_5({.client_id = std::string(kMaxClientIdBytes + 1, 'c')}),
              ElementsAre(StartsWith("CONNACK 133 reason-string=a client id has")));
  EXPECT_EQ(closed_, CloseReason::kIdentifierRejected);
}

TEST_F(SessionMqtt5Test, AMaximumKeepAliveBecomesThatOfTheClient) {  // [MQTT-3.1.2-21]
  for (const std::uint16_t asked : std::initializer_list<std::uint16_t>{0, 61, 60, 20}) {
    start({.max_keep_alive = 60s});
    const Packets sent = connect_5({.keep_alive_s = asked});
    const bool ours = asked == 0 || asked > 60;
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].find("server-keep-alive=60") != std::string::npos, ours) << asked;
    EXPECT_EQ(session_->next_deadline(), now_ + (ours ? 90s : std::chrono::seconds(asked) * 3 / 2));
  }
}

TEST_F(SessionMqtt5Test, AnAuthenticationMethodIsRefused) {  // [MQTT-4.12.0-1]
  EXPECT_THAT(connect_5({.properties = property(PropertyId::kAuthenticationMethod, "SCRAM")}),
              ElementsAre(StartsWith("CONNACK 140 ")));
  EXPECT_EQ(closed_, CloseReason::kUnknownAuthenticationMethod);
}

TEST_F(SessionMqtt5Test, AConnectThatBreaksARuleIsToldWhich) {  // [MQTT-3.1.4-1]
  EXPECT_THAT(connect_5({.flags = 0x03}), ElementsAre(StartsWith("CONNACK 129 ")));
  EXPECT_EQ(closed_, close_reason(mqtt::Fault::kReservedBits));
  start({});
  EXPECT_THAT(connect_5({.properties = property(PropertyId::kReceiveMaximum, 0)}),
              ElementsAre(StartsWith("CONNACK 130 ")));
}

TEST_F(SessionMqtt5Test, ALaterLevelIsRefusedInTheFormOfMqtt5) {  // [MQTT-3.1.2-2]
  level_ = mqtt::kLevel5;
  EXPECT_THAT(receive(mqtt::client_bytes::connect({.level = 6})),
              ElementsAre(StartsWith("CONNACK 132 ")));
  EXPECT_EQ(closed_, CloseReason::kUnacceptableProtocolLevel);
}

// --- acknowledgements and their reasons ---

TEST_F(SessionMqtt5Test, PubackSaysWhyAnUploadIsRefused) {  // section 3.4.2.1
  const std::pair<Code, std::string> cases[] = {
      {Code::kAccepted, "PUBACK 7"},
      {Code::kBadRequest, "PUBACK 7 0x99 reason-string=why"},
      {Code::kForbidden, "PUBACK 7 0x87 reason-string=why"},
      {Code::kNotFound, "PUBACK 7 0x87 reason-string=why"},
      {Code::kTooLarge, "PUBACK 7 0x97 reason-string=why"},
      {Code::kTooManyRequests, "PUBACK 7 0x97 reason-string=why"},
  };
  for (const auto& [code, want] : cases) {
    start_connected_5();
    receive(publish_qos_1(7));
    const Packets sent = answer(1, code);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0], want);
    EXPECT_THAT(sent[1], HasSubstr(code == Code::kAccepted ? "/23/status" : "/23/error"));
  }
}

TEST_F(SessionMqtt5Test, ATopicThatTakesNoUploadsIsInvalid) {
  start_connected_5();
  EXPECT_THAT(receive(publish({.qos = Qos::kAtLeastOnce, .packet_id = 7, .topic = "elsewhere"})),
              ElementsAre(StartsWith("PUBACK 7 0x90 reason-string=unknown path"),
                          HasSubstr("elsewhere/error")));
}

TEST_F(SessionMqtt5Test, ReasonStringsAreLeftOutForThoseWhoDoNotWantThem) {  // [MQTT-3.1.2-29]
  start_connected_5({}, property(PropertyId::kRequestProblemInformation, 0));
  receive(publish_qos_1(7));
  EXPECT_THAT(answer(1, Code::kBadRequest), ElementsAre("PUBACK 7 0x99", HasSubstr("/error")));
}

TEST_F(SessionMqtt5Test, NothingLargerThanTheClientTakesIsSent) {  // [MQTT-3.1.2-24], -25
  start_connected_5({}, property(PropertyId::kMaximumPacketSize, 60));
  receive(publish_qos_1(7));
  EXPECT_THAT(answer(1, {.code = Code::kBadRequest, .reason_phrase = std::string(80, 'y')}),
              ElementsAre("PUBACK 7 0x99"));
  EXPECT_EQ(tally_.oversized_answers, 1U);
  EXPECT_EQ(tally_.error_responses, 0U);
  receive(publish_qos_1(8));
  EXPECT_THAT(answer(2, Code::kAccepted), ElementsAre("PUBACK 8", HasSubstr("/23/status")));
}

TEST_F(SessionMqtt5Test, AClientThatTakesNoConnackIsRefused) {
  EXPECT_THAT(connect_5({.properties = property(PropertyId::kMaximumPacketSize, 6)}),
              ElementsAre("CONNACK 149"));
  EXPECT_EQ(closed_, CloseReason::kPacketLimitTooLow);
  start({});
  EXPECT_THAT(connect_5({.properties = property(PropertyId::kMaximumPacketSize, 4)}), IsEmpty());
  EXPECT_EQ(closed_, CloseReason::kPacketLimitTooLow);
}

TEST_F(SessionMqtt5Test, ResponsesWaitForTheClientsReceiveMaximum) {  // [MQTT-3.3.4-9]
  start_connected_5({}, property(PropertyId::kReceiveMaximum, 1));
  receive(publish_qos_1(1) + publish_qos_1(2));
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBACK 1", StartsWith("PUBLISH q1 id=1 ")));
  EXPECT_THAT(answer(2, Code::kAccepted), ElementsAre("PUBACK 2"));
  EXPECT_GT(session_->held_bytes(), 0U);
  EXPECT_THAT(receive(mqtt::client_bytes::puback(1)), ElementsAre(StartsWith("PUBLISH q1 id=2 ")));
  EXPECT_EQ(tally_.status_responses, 2U);
}

TEST_F(SessionMqtt5Test, ARefusedResponseIsOver) {  // section 4.9
  start_connected_5({.max_unacknowledged_responses = 1});
  for (std::uint16_t i = 1; i <= 3; ++i) {
    receive(publish_qos_1(i));
    answer(i, Code::kAccepted);
    receive(mqtt::client_bytes::acknowledgement(mqtt::PacketType::kPuback, i,
                                                mqtt::ReasonCode::kUnspecifiedError));
  }
  EXPECT_EQ(closed_, std::nullopt);
}

// --- properties of PUBLISH ---

TEST_F(SessionMqtt5Test, AResponseTopicGetsTheOutcomeWithTheCorrelationData) {  // section 4.10
  start_connected_5();
  const std::string reply = property(PropertyId::kResponseTopic, "replies/here") +
                            property(PropertyId::kCorrelationData, "no-17");
  receive(publish_qos_1(7, reply));
  EXPECT_THAT(
      answer(1, Code::kAccepted),
      ElementsAre("PUBACK 7", StartsWith("PUBLISH q1 id=1 kp1/demo-v1/dcx/token/json/23/status"),
                  "PUBLISH q1 id=2 replies/here correlation-data=no-17"));
  receive(publish({.payload = "x", .properties = reply}));
  const std::string error = "{\"statusCode\":400,\"reasonPhrase\":\"why\"}";
  EXPECT_THAT(answer(2, Code::kBadRequest),
              ElementsAre(AllOf(StartsWith("PUBLISH q0 kp1/demo-v1/dcx/token/json/error"),
                                HasSubstr(error)),
                          AllOf(StartsWith("PUBLISH q0 replies/here "),
                                HasSubstr(" correlation-data=no-17 " + error))));
  EXPECT_EQ(tally_.replies, 2U);
}

TEST_F(SessionMqtt5Test, AResponseTopicIsAnsweredWithoutARequestIdToo) {
  start_connected_5();
  receive(publish({.payload = "1", .properties = property(PropertyId::kResponseTopic, "r")}));
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBLISH q0 r"));
}

TEST_F(SessionMqtt5Test, ATraceparentGoesWithTheUploadAndItsRepetition) {
  constexpr std::string_view kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  start_connected_5();
  receive(publish_qos_1(7, mqtt::client_bytes::user_property("traceparent", kTrace)));
  ASSERT_TRUE(submitted_[0].upload.trace.has_value());
  EXPECT_EQ(submitted_[0].upload.trace->traceparent(), kTrace);
  answer(1, Code::kUnavailable);
  advance(100ms);
  ASSERT_EQ(submitted_.size(), 2U);
  ASSERT_TRUE(submitted_[1].upload.trace.has_value());
  EXPECT_EQ(submitted_[1].upload.trace->traceparent(), kTrace);
  start_connected_5();
  receive(publish_qos_1(8, mqtt::client_bytes::user_property("traceparent", "nonsense")));
  EXPECT_EQ(submitted_[0].upload.trace, std::nullopt);
}

TEST_F(SessionMqtt5Test, ATopicAliasStandsForItsTopic) {  // section 3.3.2.3.4
  start_connected_5();
  const std::string alias = property(PropertyId::kTopicAlias, 1);
  receive(publish({.payload = "1", .properties = alias}));
  receive(mqtt::client_bytes::publish(
      {.level = mqtt::kLevel5, .topic = "", .payload = "2", .properties = alias}));
  ASSERT_EQ(submitted_.size(), 2U);
  EXPECT_EQ(submitted_[1].upload.path.token, "token");
}

TEST_F(SessionMqtt5Test, RetainIsIgnored) {
  start_connected_5();
  receive(publish({.payload = "1", .retain = true}));
  EXPECT_EQ(submitted_.size(), 1U);
  EXPECT_EQ(closed_, std::nullopt);
}

TEST_F(SessionMqtt5Test, APacketOverTheMaximumEndsTheConnection) {  // section 3.2.2.3.6
  start_connected_5({.decoder = {.max_packet_bytes = 1000}});
  EXPECT_THAT(receive(publish({.payload = std::string(2000, ' ')})),
              ElementsAre(StartsWith("DISCONNECT 0x95")));
  EXPECT_EQ(refused_, std::vector<int>{413});
  EXPECT_EQ(closed_, close_reason(mqtt::Fault::kPacketTooLarge));
}

// --- subscriptions ---

TEST_F(SessionMqtt5Test, SubackAndUnsubackSayWhyNot) {
  start_connected_5();
  EXPECT_THAT(
      receive(mqtt::client_bytes::subscribe(3,
                                            {{"kp1/v/dcx/t/#", Qos::kExactlyOnce},
                                             {"kp1/#", Qos::kAtMostOnce},
                                             {"a/#/b", Qos::kAtMostOnce}},
                                            mqtt::kLevel5) +
              mqtt::client_bytes::unsubscribe(4, {"kp1/v/dcx/t/#", "kp1/#"}, mqtt::kLevel5)),
      ElementsAre("SUBACK 3 2,135,143", "UNSUBACK 4 0,17"));
}

TEST_F(SessionMqtt5Test, WhatConnackSaysIsNotThereMustNotBeUsed) {  // 3.2.2.3.12, 3.2.2.3.13
  start_connected_5();
  EXPECT_THAT(
      receive(mqtt::client_bytes::subscribe(3, {{"$share/g/kp1/v/dcx/t/#"}}, mqtt::kLevel5)),
      ElementsAre(StartsWith("DISCONNECT 0x9e")));
  start_connected_5();
  EXPECT_THAT(
      receive(mqtt::client_bytes::subscribe(3, {{"kp1/v/dcx/t/#"}}, mqtt::kLevel5,
                                            property(PropertyId::kSubscriptionIdentifier, 1))),
      ElementsAre(StartsWith("DISCONNECT 0xa1")));
}

// --- the end ---

TEST_F(SessionMqtt5Test, TheServerSaysWhyItLeaves) {  // section 4.13
  const std::pair<CloseReason, std::string> cases[] = {
      {CloseReason::kTakenOver, "DISCONNECT 0x8e"},
      {CloseReason::kTokenRevoked, "DISCONNECT 0x98"},
      {CloseReason::kCredentialsRevoked, "DISCONNECT 0x98"},
      {CloseReason::kAuthenticationChanged, "DISCONNECT 0x87"},
      {CloseReason::kShutdown, "DISCONNECT 0x8b"},
      {CloseReason::kSlowReader, "DISCONNECT 0x97"},
  };
  for (const auto& [reason, want] : cases) {
    start_connected_5();
    EXPECT_THAT(end(reason), ElementsAre(StartsWith(want + " reason-string=")));
    EXPECT_TRUE(session_->said_goodbye());
    EXPECT_EQ(closed_, reason);
    EXPECT_THAT(end(reason), IsEmpty());
  }
  start_connected_5();
  EXPECT_THAT(end(CloseReason::kPeerClosed), IsEmpty());
  EXPECT_FALSE(session_->said_goodbye());
  start_connected();
  EXPECT_THAT(end(CloseReason::kTakenOver), IsEmpty());  // MQTT 3.1.1 has no words for it
}

TEST_F(SessionMqtt5Test, AFaultIsNamed) {
  start_connected_5();
  EXPECT_THAT(receive(publish({.topic = "a/+/b"})), ElementsAre(StartsWith("DISCONNECT 0x90")));
  start_connected_5();
  connect_5({});
  EXPECT_EQ(closed_, close_reason(mqtt::Fault::kSecondConnect));
  start_connected_5();
  EXPECT_THAT(receive(mqtt::client_bytes::auth(mqtt::ReasonCode::kReAuthenticate,
                                               property(PropertyId::kAuthenticationMethod, "x"))),
              ElementsAre(StartsWith("DISCONNECT 0x82")));
}

TEST_F(SessionMqtt5Test, SilenceAndAStopAreNamed) {
  start({});
  connect_5({.keep_alive_s = 10});
  EXPECT_THAT(advance(15s), ElementsAre(StartsWith("DISCONNECT 0x8d")));
  start_connected_5();
  EXPECT_THAT(begin_stop(), ElementsAre(StartsWith("DISCONNECT 0x8b")));
}

TEST_F(SessionMqtt5Test, ASessionExpiryCannotBeRaisedAtTheEnd) {  // section 3.14.2.2.2
  const std::string raised = mqtt::client_bytes::disconnect(
      mqtt::ReasonCode::kSuccess, property(PropertyId::kSessionExpiryInterval, 5));
  start_connected_5();
  EXPECT_THAT(receive(raised), ElementsAre(StartsWith("DISCONNECT 0x82")));
  EXPECT_EQ(closed_, CloseReason::kSessionExpiryRaised);
  start_connected_5({}, property(PropertyId::kSessionExpiryInterval, 1));
  EXPECT_THAT(receive(raised), IsEmpty());
  EXPECT_EQ(closed_, CloseReason::kDisconnected);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
