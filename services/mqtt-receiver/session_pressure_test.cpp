// SPDX-License-Identifier: Apache-2.0
//
// Session under pressure: windows that fill, an intake that is away, a stop.
#include "mqtt-receiver/session_fixture.h"

namespace millrace::mqtt_receiver {
namespace {

using mqtt::client_bytes::connect;
using mqtt::client_bytes::publish_qos_0;
using mqtt::client_bytes::publish_qos_1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Code = intake::Receipt::Code;

class SessionPressureTest : public SessionTest {};

// --- back-pressure ---

TEST_F(SessionPressureTest, AFullWindowPausesAndEachAnswerLetsOneMoreIn) {
  start_connected({.uploads = {.max_uploads = 2}});
  std::string stream;
  for (std::uint16_t i = 1; i <= 5; ++i) stream += publish_qos_1(i, kTopic, "1");
  receive(stream);
  EXPECT_EQ(submitted_.size(), 2U);
  EXPECT_FALSE(session_->wants_input());
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBACK 1"));
  EXPECT_EQ(submitted_.size(), 3U);
  EXPECT_FALSE(session_->wants_input());
  for (std::uint64_t id = 2; id <= 4; ++id) answer(id, Code::kAccepted);
  EXPECT_TRUE(session_->wants_input());
  EXPECT_THAT(answer(5, Code::kAccepted), ElementsAre("PUBACK 5"));
  EXPECT_EQ(tally_.publishes[1], 5U);
}

TEST_F(SessionPressureTest, Qos0CountsInTheWindowToo) {
  start_connected({.uploads = {.max_uploads = 2}});
  receive(publish_qos_0(kTopic, "1") + publish_qos_0(kTopic, "2") + publish_qos_0(kTopic, "3"));
  EXPECT_EQ(submitted_.size(), 2U);
  answer(1, Code::kAccepted);
  EXPECT_EQ(submitted_.size(), 3U);
}

TEST_F(SessionPressureTest, HeldInDecodingItAnswersNothingUntilReleased) {
  start_connected();
  go_on(Hold::kDecoding);
  EXPECT_FALSE(session_->wants_input());
  EXPECT_THAT(receive(mqtt::client_bytes::pingreq()), IsEmpty());
  EXPECT_THAT(go_on(Hold::kNone), ElementsAre("PINGRESP"));
  EXPECT_TRUE(session_->wants_input());
}

TEST_F(SessionPressureTest, HeldInReadingItStillDecodesWhatItHas) {
  start_connected({.uploads = {.max_uploads = 1}});
  receive(publish_qos_1(1, kTopic, "1") + publish_qos_1(2, kTopic, "2"));
  go_on(Hold::kReading);
  answer(1, Code::kAccepted);
  EXPECT_EQ(submitted_.size(), 2U);
  answer(2, Code::kAccepted);
  EXPECT_FALSE(session_->wants_input());
  go_on(Hold::kNone);
  EXPECT_TRUE(session_->wants_input());
}

TEST_F(SessionPressureTest, KeepAliveRestsWhileTheSessionIsHeld) {
  start({});
  receive(connect({.keep_alive_s = 10}));
  go_on(Hold::kReading);
  advance(1h);
  EXPECT_EQ(closed_, std::nullopt);
  go_on(Hold::kNone);
  EXPECT_EQ(session_->next_deadline(), now_ + 15s);
}

TEST_F(SessionPressureTest, AnEventSendsABoundedAmountAndGoesOnWhenAsked) {
  start_connected();
  const std::string topic(1000, 't');  // unknown: answered with a 404 of more than its length
  std::string stream;
  for (int i = 0; i < 200; ++i) stream += publish_qos_0(topic, "");
  Packets answers = receive(stream);
  EXPECT_LT(answers.size(), 70U);
  EXPECT_TRUE(session_->has_more());
  EXPECT_FALSE(session_->wants_input());
  while (session_->has_more()) {
    for (std::string& packet : go_on(Hold::kNone)) answers.push_back(std::move(packet));
  }
  EXPECT_EQ(answers.size(), 200U);
  EXPECT_TRUE(session_->wants_input());
}

// --- the rate of publishes ---

TEST_F(SessionPressureTest, AboveTheRateReadingPausesUntilThereIsAToken) {
  start_connected({.max_publishes_per_second = 4});
  std::string stream;
  for (int i = 0; i < 6; ++i) stream += publish_qos_0(kTopic, "1");
  receive(stream);
  EXPECT_EQ(submitted_.size(), 4U);  // a second's worth at once
  EXPECT_FALSE(session_->wants_input());
  EXPECT_EQ(session_->next_deadline(), now_ + 250ms);
  advance(249ms);
  EXPECT_EQ(submitted_.size(), 4U);
  advance(1ms);
  EXPECT_EQ(submitted_.size(), 5U);
  advance(250ms);
  EXPECT_EQ(submitted_.size(), 6U);
  EXPECT_EQ(tally_.rate_pauses, 3U);
  advance(250ms);
  EXPECT_TRUE(session_->wants_input());
}

TEST_F(SessionPressureTest, TheRateIsOfPublishesOnlyAndEachIsAnswered) {
  start_connected({.max_publishes_per_second = 1});
  EXPECT_THAT(receive(mqtt::client_bytes::pingreq() + mqtt::client_bytes::pingreq()),
              ElementsAre("PINGRESP", "PINGRESP"));
  receive(publish_qos_1(1, kTopic, "1") + mqtt::client_bytes::pingreq());
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBACK 1"));
  EXPECT_THAT(advance(1s), ElementsAre("PINGRESP"));
}

// --- intake unavailable ---

TEST_F(SessionPressureTest, WhileIntakeIsUnavailableQos1WaitsAndReadingPauses) {
  start_connected();
  receive(publish_qos_1(1, kTopic, "first") + publish_qos_1(2, kTopic, "second"));
  EXPECT_THAT(answer(1, Code::kUnavailable), IsEmpty());
  EXPECT_THAT(answer(2, Code::kUnavailable), IsEmpty());
  EXPECT_FALSE(session_->wants_input());

  advance(100ms);
  ASSERT_EQ(submitted_.size(), 3U);
  EXPECT_EQ(submitted_[2].upload_id, 1U);
  EXPECT_EQ(submitted_[2].upload.body, "first");
  EXPECT_EQ(submitted_[2].upload.path.token, "token");

  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBACK 1"));
  ASSERT_EQ(submitted_.size(), 4U);  // the second follows at once
  EXPECT_EQ(submitted_[3].upload.body, "second");
  EXPECT_TRUE(session_->wants_input());
  EXPECT_THAT(answer(2, Code::kAccepted), ElementsAre("PUBACK 2"));
}

TEST_F(SessionPressureTest, WhatMayBeInTheStreamIsNotSubmittedAgain) {
  start_connected();
  receive(mqtt::client_bytes::publish_qos_1(7, kTopic, "1"));
  const Packets sent = answer(1, {.code = Code::kUnavailable, .may_be_stored = true});
  EXPECT_THAT(sent, IsEmpty());
  EXPECT_EQ(closed_, CloseReason::kUploadUnavailable);
  EXPECT_EQ(submitted_.size(), 1U);
}

TEST_F(SessionPressureTest, IntakeUnavailableForTooLongEndsTheConnectionUnacknowledged) {
  start_connected();
  receive(publish_qos_1(1, kTopic, "1"));
  answer(1, Code::kUnavailable);
  for (int i = 0; closed_ == std::nullopt && i < 1000; ++i) {
    const std::size_t before = submitted_.size();
    EXPECT_THAT(advance(100ms), IsEmpty());
    if (submitted_.size() > before) answer(1, Code::kUnavailable);
  }
  EXPECT_EQ(closed_, CloseReason::kUploadUnavailable);
  EXPECT_EQ(now_, time::Instant(1h) + 10s);
  EXPECT_LT(submitted_.size(), 12U);  // the delay grows
}

TEST_F(SessionPressureTest, TheDeadlineOfAnOutageIsAnnounced) {
  start_connected({.uploads = {.unavailable_timeout = 150ms}});
  receive(publish_qos_1(1, kTopic, "1"));
  answer(1, Code::kUnavailable);
  EXPECT_EQ(session_->next_deadline(), now_ + 100ms);
  advance(100ms);
  EXPECT_EQ(session_->next_deadline(), now_ + 50ms);
}

// --- stopping ---

TEST_F(SessionPressureTest, AStopAnswersWhatIsInFlightAndTakesNothingNew) {
  start_connected({.uploads = {.max_uploads = 2}});
  receive(publish_qos_1(1, kTopic, "1") + publish_qos_1(2, kTopic, "2") +
          publish_qos_1(3, kTopic, "3"));
  begin_stop();
  EXPECT_EQ(closed_, std::nullopt);
  EXPECT_FALSE(session_->wants_input());
  EXPECT_THAT(receive(mqtt::client_bytes::pingreq()), IsEmpty());
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBACK 1"));
  EXPECT_THAT(answer(2, Code::kAccepted), ElementsAre("PUBACK 2"));
  EXPECT_EQ(submitted_.size(), 2U);
  EXPECT_EQ(closed_, CloseReason::kShutdown);
}

TEST_F(SessionPressureTest, AnIdleSessionStopsAtOnce) {
  start_connected();
  begin_stop();
  EXPECT_EQ(closed_, CloseReason::kShutdown);
  start({});
  begin_stop();
  EXPECT_EQ(closed_, CloseReason::kShutdown);
}

TEST_F(SessionPressureTest, WhileStoppingAnUnavailableUploadIsStillTriedAgain) {
  start_connected();
  receive(publish_qos_1(1, kTopic, "1"));
  answer(1, Code::kUnavailable);
  begin_stop();
  advance(100ms);
  EXPECT_EQ(submitted_.size(), 2U);
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBACK 1"));
  EXPECT_EQ(closed_, CloseReason::kShutdown);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
