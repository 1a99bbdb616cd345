// SPDX-License-Identifier: Apache-2.0
//
// QoS 2, both ways, of all levels: exactly once while the connection lasts.
#include "mqtt-receiver/session_fixture.h"

namespace millrace::mqtt_receiver {
namespace {

using mqtt::client_bytes::publish_qos_1;
using mqtt::client_bytes::publish_qos_2;
using mqtt::client_bytes::pubrel;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = intake::Receipt::Code;

class SessionQos2Test : public SessionTest {
 protected:
  static std::string publish_5(std::uint16_t id, std::string_view topic = kTopic) {
    return mqtt::client_bytes::publish({.level = mqtt::kLevel5,
                                        .qos = mqtt::Qos::kExactlyOnce,
                                        .packet_id = id,
                                        .topic = topic,
                                        .payload = "1"});
  }
};

TEST_F(SessionQos2Test, Qos2IsReceivedWhenStoredAndCompletedWhenReleased) {  // section 4.3.3
  start_connected();
  EXPECT_THAT(receive(publish_qos_2(7, kTopic, "1")), IsEmpty());
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBREC 7"));
  EXPECT_THAT(receive(pubrel(7)), ElementsAre("PUBCOMP 7"));
  EXPECT_EQ(tally_.publishes[2], 1U);
}

TEST_F(SessionQos2Test, ARepetitionBeforePubrelIsReceivedAgainAndNotStoredAgain) {
  start_connected();  // [MQTT-4.3.3-2]
  receive(publish_qos_2(7, kTopic, "1"));
  answer(1, Code::kAccepted);
  std::string again = publish_qos_2(7, kTopic, "1");
  EXPECT_THAT(receive(again), ElementsAre("PUBREC 7"));
  again[0] = static_cast<char>(again[0] | 0x08);  // DUP
  EXPECT_THAT(receive(again), ElementsAre("PUBREC 7"));
  EXPECT_EQ(submitted_.size(), 1U);
  EXPECT_EQ(tally_.repeated_publishes, 2U);
}

TEST_F(SessionQos2Test, ARepetitionInFlightIsReceivedWithTheFirst) {
  start_connected();
  receive(publish_qos_1(1, kTopic, "0") + publish_qos_2(7, kTopic, "1") +
          publish_qos_2(7, kTopic, "1"));
  ASSERT_EQ(submitted_.size(), 2U);
  EXPECT_THAT(answer(2, Code::kAccepted), IsEmpty());
  receive(publish_qos_2(7, kTopic, "1"));  // settled, and waits for the one before
  EXPECT_THAT(answer(1, Code::kAccepted),
              ElementsAre("PUBACK 1", "PUBREC 7", "PUBREC 7", "PUBREC 7"));
  EXPECT_FALSE(session_->has_uploads_in_flight());
  EXPECT_EQ(submitted_.size(), 2U);
  EXPECT_THAT(receive(pubrel(7)), ElementsAre("PUBCOMP 7"));
}

// A PUBREC behind PUBCOMP would be taken for one of the next message with the same id.
TEST_F(SessionQos2Test, NothingOfAnExchangeFollowsItsPubcomp) {
  start_connected();
  receive(publish_qos_2(7, kTopic, "1") + publish_qos_1(1, kTopic, "between") +
          publish_qos_2(7, kTopic, "1"));
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBREC 7", "PUBREC 7"));
  EXPECT_THAT(receive(pubrel(7) + publish_qos_2(7, kTopic, "2")), ElementsAre("PUBCOMP 7"));
  EXPECT_THAT(answer(2, Code::kAccepted), ElementsAre("PUBACK 1"));
  EXPECT_THAT(answer(3, Code::kAccepted), ElementsAre("PUBREC 7"));
}

TEST_F(SessionQos2Test, AReleasedIdIsOfANewMessage) {
  start_connected();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    receive(publish_qos_2(7, kTopic, "1"));
    ASSERT_EQ(submitted_.size(), i);
    EXPECT_THAT(answer(i, Code::kAccepted), ElementsAre("PUBREC 7"));
    EXPECT_THAT(receive(pubrel(7)), ElementsAre("PUBCOMP 7"));
  }
}

TEST_F(SessionQos2Test, AReleaseOfAnUnknownIdIsCompleted) {
  start_connected();
  EXPECT_THAT(receive(pubrel(9) + pubrel(9)), ElementsAre("PUBCOMP 9", "PUBCOMP 9"));
  EXPECT_EQ(closed_, std::nullopt);
}

TEST_F(SessionQos2Test, AReleaseBeforePubrecEndsTheConnection) {
  start_connected();
  EXPECT_THAT(receive(publish_qos_2(7, kTopic, "1") + pubrel(7)), IsEmpty());
  EXPECT_EQ(closed_, CloseReason::kUnexpectedPubrel);
}

TEST_F(SessionQos2Test, ARefusedQos2IsReceivedAndToldOnErrorBeforeMqtt5) {
  start_connected();
  receive(publish_qos_2(7, kTopic, "nonsense"));
  EXPECT_THAT(answer(1, Code::kBadRequest),
              ElementsAre("PUBREC 7", HasSubstr("PUBLISH q2 id=1 kp1/demo-v1/dcx/token/json/error "
                                                "{\"statusCode\":400")));
  EXPECT_THAT(receive(publish_qos_2(7, kTopic, "nonsense")), ElementsAre("PUBREC 7"));
  EXPECT_THAT(receive(pubrel(7)), ElementsAre("PUBCOMP 7"));
  EXPECT_EQ(refusals(Refusal::kBadRequest), 1U);
}

TEST_F(SessionQos2Test, AnswersOfQos1And2KeepTheOrderOfThePublishes) {
  start_connected();  // [MQTT-4.6.0-2], [MQTT-4.6.0-3]
  receive(publish_qos_2(1, kTopic, "1") + publish_qos_1(2, kTopic, "2") +
          publish_qos_2(3, "kp1/elsewhere", "3") + publish_qos_2(4, kTopic, "4"));
  EXPECT_THAT(answer(4, Code::kAccepted), IsEmpty());
  EXPECT_THAT(answer(2, Code::kAccepted), IsEmpty());
  EXPECT_THAT(answer(1, Code::kAccepted),
              ElementsAre("PUBREC 1", "PUBACK 2", "PUBREC 3", HasSubstr("kp1/elsewhere/error"),
                          "PUBREC 4"));
}

TEST_F(SessionQos2Test, AResponseOfQos2GoesAllTheWay) {
  start_connected({.max_unacknowledged_responses = 1});
  for (std::uint16_t i = 1; i <= 5; ++i) {
    receive(publish_qos_2(7, kTopicWithId, "1"));
    EXPECT_THAT(
        answer(i, Code::kAccepted),
        ElementsAre("PUBREC 7", fmt::format("PUBLISH q2 id={} {}/status", i, kTopicWithId)));
    EXPECT_THAT(receive(pubrel(7)), ElementsAre("PUBCOMP 7"));
    EXPECT_THAT(receive(mqtt::client_bytes::pubrec(i)), ElementsAre(fmt::format("PUBREL {}", i)));
    EXPECT_THAT(receive(mqtt::client_bytes::pubcomp(i)), IsEmpty());
  }
}

TEST_F(SessionQos2Test, WhileIntakeIsUnavailableQos2WaitsAndIsSubmittedAgain) {
  start_connected();
  receive(publish_qos_2(7, kTopic, "first"));
  EXPECT_THAT(answer(1, Code::kUnavailable), IsEmpty());
  EXPECT_FALSE(session_->wants_input());
  advance(100ms);
  ASSERT_EQ(submitted_.size(), 2U);
  EXPECT_EQ(submitted_[1].upload.body, "first");
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBREC 7"));
}

TEST_F(SessionQos2Test, IdsThatAreNeverReleasedHaveABound) {
  start_connected({.max_unreleased_publishes = 2});
  for (std::uint16_t i = 1; i <= 2; ++i) {
    receive(publish_qos_2(i, kTopic, "1"));
    answer(i, Code::kAccepted);
  }
  EXPECT_GT(session_->held_bytes(), 0U);
  receive(publish_qos_1(1, kTopic, "1"));  // another kind of exchange
  EXPECT_EQ(closed_, std::nullopt);
  receive(publish_qos_2(3, kTopic, "1"));
  EXPECT_EQ(closed_, CloseReason::kReceiveMaximumExceeded);
}

// --- MQTT 5 ---

TEST_F(SessionQos2Test, ARefusalOfMqtt5EndsTheExchangeAndFreesTheId) {  // [MQTT-4.3.3-9]
  start_connected_5();
  receive(publish_5(7) + publish_5(7));
  EXPECT_THAT(answer(1, Code::kNotFound),
              ElementsAre("PUBREC 7 0x87 reason-string=why", "PUBREC 7 0x87 reason-string=why",
                          HasSubstr("json/error")));
  receive(publish_5(7));
  EXPECT_EQ(submitted_.size(), 2U);
  EXPECT_THAT(answer(submitted_[1].upload_id, Code::kAccepted), ElementsAre("PUBREC 7"));
  EXPECT_THAT(receive(pubrel(7)), ElementsAre("PUBCOMP 7"));
}

TEST_F(SessionQos2Test, AReleaseOfAnUnknownIdIsToldSoInMqtt5) {  // section 3.7.2.1
  start_connected_5();
  EXPECT_THAT(receive(pubrel(9)), ElementsAre("PUBCOMP 9 0x92"));
}

TEST_F(SessionQos2Test, AReceiptOfAnUnknownResponseIsReleasedAsUnknown) {  // section 3.6.2.1
  start_connected_5();
  EXPECT_THAT(receive(mqtt::client_bytes::pubrec(9)), ElementsAre("PUBREL 9 0x92"));
  start_connected();
  EXPECT_THAT(receive(mqtt::client_bytes::pubrec(9)), ElementsAre("PUBREL 9"));
}

TEST_F(SessionQos2Test, MoreUnfinishedThanTheReceiveMaximumEndsTheConnection) {
  start_connected_5({.uploads = {.max_uploads = 2}});  // [MQTT-3.3.4-7]
  for (std::uint16_t i = 1; i <= 2; ++i) {
    receive(publish_5(i));
    EXPECT_THAT(answer(i, Code::kAccepted), ElementsAre(fmt::format("PUBREC {}", i)));
  }
  EXPECT_THAT(receive(publish_5(1)), ElementsAre("PUBREC 1"));  // a repetition is none more
  EXPECT_THAT(receive(publish_5(3)), ElementsAre(testing::StartsWith("DISCONNECT 0x93")));
  EXPECT_EQ(closed_, CloseReason::kReceiveMaximumExceeded);
}

TEST_F(SessionQos2Test, QosOneAndTwoShareTheReceiveMaximum) {
  start_connected_5({.uploads = {.max_uploads = 1}});
  receive(publish_5(1));
  answer(1, Code::kAccepted);
  EXPECT_THAT(receive(mqtt::client_bytes::publish({.level = mqtt::kLevel5,
                                                   .qos = mqtt::Qos::kAtLeastOnce,
                                                   .packet_id = 2,
                                                   .topic = kTopic})),
              ElementsAre(testing::StartsWith("DISCONNECT 0x93")));
}

}  // namespace
}  // namespace millrace::mqtt_receiver
