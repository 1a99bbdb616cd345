// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/upload_exchange.h"

#include "mqtt-receiver/session_fixture.h"

namespace millrace::mqtt_receiver {
namespace {

using mqtt::client_bytes::publish_qos_0;
using mqtt::client_bytes::publish_qos_1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = intake::Receipt::Code;

class UploadExchangeTest : public SessionTest {};

// --- PUBLISH and its answers ---

TEST_F(UploadExchangeTest, APublishIsSubmittedWithItsPathAndBody) {
  start_connected();
  EXPECT_THAT(receive(publish_qos_1(7, kTopicWithId, "{\"a\":1}")), IsEmpty());
  ASSERT_EQ(submitted_.size(), 1U);
  const intake::Upload& upload = submitted_[0].upload;
  EXPECT_EQ(upload.path.app_version_name, "demo-v1");
  EXPECT_EQ(upload.path.token, "token");
  EXPECT_EQ(upload.path.request_id, 23);
  EXPECT_EQ(upload.body, "{\"a\":1}");
}

TEST_F(UploadExchangeTest, APlainPublishIsSubmittedAsSuch) {
  start_connected();
  receive(publish_qos_0("kp1/demo-v1/dcx/token/plain/altitude", "2061m"));
  ASSERT_EQ(submitted_.size(), 1U);
  EXPECT_EQ(submitted_[0].upload.path.kind, telemetry::ResourcePath::Kind::kPlain);
  EXPECT_EQ(submitted_[0].upload.path.metric, "altitude");
}

struct AnswerCase {
  mqtt::Qos qos;
  bool with_request_id;
  Code code;
  Packets want;
};

TEST_F(UploadExchangeTest, EachReceiptIsAnsweredAsTheContractSays) {
  const std::string error = "{\"statusCode\":404,\"reasonPhrase\":\"why\"}";
  const AnswerCase cases[] = {
      {mqtt::Qos::kAtMostOnce, false, Code::kAccepted, {}},
      {mqtt::Qos::kAtMostOnce,
       true,
       Code::kAccepted,
       {"PUBLISH q0 kp1/demo-v1/dcx/token/json/23/status"}},
      {mqtt::Qos::kAtLeastOnce, false, Code::kAccepted, {"PUBACK 7"}},
      {mqtt::Qos::kAtLeastOnce,
       true,
       Code::kAccepted,
       {"PUBACK 7", "PUBLISH q1 id=1 kp1/demo-v1/dcx/token/json/23/status"}},
      {mqtt::Qos::kAtMostOnce,
       false,
       Code::kNotFound,
       {"PUBLISH q0 kp1/demo-v1/dcx/token/json/error " + error}},
      {mqtt::Qos::kAtLeastOnce,
       false,
       Code::kNotFound,
       {"PUBACK 7", "PUBLISH q1 id=1 kp1/demo-v1/dcx/token/json/error " + error}},
      {mqtt::Qos::kAtLeastOnce,
       true,
       Code::kNotFound,
       {"PUBACK 7", "PUBLISH q1 id=1 kp1/demo-v1/dcx/token/json/23/error " + error}},
      {mqtt::Qos::kAtMostOnce,
       true,
       Code::kUnavailable,
       {"PUBLISH q0 kp1/demo-v1/dcx/token/json/23/error "
        "{\"statusCode\":503,\"reasonPhrase\":\"why\"}"}},
  };
  for (const AnswerCase& c : cases) {
    start_connected();
    const std::string_view topic = c.with_request_id ? kTopicWithId : kTopic;
    receive(c.qos == mqtt::Qos::kAtMostOnce ? publish_qos_0(topic, "1")
                                            : publish_qos_1(7, topic, "1"));
    EXPECT_EQ(answer(1, c.code), c.want);
    EXPECT_EQ(closed_, std::nullopt);
  }
}

TEST_F(UploadExchangeTest, AnswersOfQos1KeepTheOrderOfThePublishes) {  // [MQTT-4.6.0-2]
  start_connected();
  receive(publish_qos_1(5, kTopic, "1") + publish_qos_1(3, "kp1/elsewhere", "2") +
          publish_qos_1(9, kTopicWithId, "3"));
  ASSERT_EQ(submitted_.size(), 2U);
  EXPECT_THAT(answer(submitted_[1].upload_id, Code::kAccepted), IsEmpty());
  EXPECT_THAT(
      answer(submitted_[0].upload_id, Code::kBadRequest),
      ElementsAre("PUBACK 5", HasSubstr("json/error"), "PUBACK 3", HasSubstr("kp1/elsewhere/error"),
                  "PUBACK 9", HasSubstr("json/23/status")));
}

TEST_F(UploadExchangeTest, AnswersOfQos0NeedNotWait) {
  start_connected();
  receive(publish_qos_1(1, kTopic, "1") + publish_qos_0(kTopicWithId, "2"));
  EXPECT_THAT(answer(2, Code::kAccepted), ElementsAre(HasSubstr("/status")));
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBACK 1"));
  EXPECT_FALSE(session_->has_uploads_in_flight());
}

TEST_F(UploadExchangeTest, ARepeatedPublishIsAnUploadOfItsOwn) {
  start_connected();
  std::string again = publish_qos_1(1, kTopic, "1");
  again[0] = static_cast<char>(again[0] | 0x08);
  receive(publish_qos_1(1, kTopic, "1") + again);
  EXPECT_EQ(submitted_.size(), 2U);
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBACK 1"));
  EXPECT_THAT(answer(2, Code::kAccepted), ElementsAre("PUBACK 1"));
}

TEST_F(UploadExchangeTest, AReceiptCountsOnce) {
  start_connected();
  receive(publish_qos_1(1, kTopic, "1"));
  EXPECT_THAT(answer(1, Code::kAccepted), ElementsAre("PUBACK 1"));
  EXPECT_THAT(answer(1, Code::kAccepted), IsEmpty());
  EXPECT_THAT(answer(99, Code::kAccepted), IsEmpty());
}

TEST_F(UploadExchangeTest, AnotherTopicGets404AndTheConnectionStays) {
  start_connected();
  for (const std::string_view topic : {"hello", "kp1", "$SYS/broker", "/kp1/demo-v1/dcx/token/json",
                                       "kp1/demo-v1/other/token/json"}) {
    EXPECT_THAT(receive(publish_qos_0(topic, "1")),
                ElementsAre(::testing::StartsWith(
                    fmt::format("PUBLISH q0 {}/error {{\"statusCode\":404", topic))));
  }
  EXPECT_THAT(submitted_, IsEmpty());
  EXPECT_EQ(closed_, std::nullopt);
  EXPECT_EQ(refusals(Refusal::kUnknownTopic), 5U);
}

TEST_F(UploadExchangeTest, ATopicThatIsTooLongGets404) {
  start_connected();
  const std::string longest(kMaxUploadTopicBytes, 't');
  EXPECT_THAT(receive(publish_qos_0(longest, "1")), ElementsAre(HasSubstr("unknown path")));
  EXPECT_THAT(receive(publish_qos_0(longest + "t", "1")),
              ElementsAre(HasSubstr("the topic of 1025 bytes is too long")));
  std::string deep(kTopic);
  while (deep.size() < kMaxUploadTopicBytes - 2) deep += "/a";
  EXPECT_THAT(receive(publish_qos_0(deep, "1")), ElementsAre(HasSubstr("\"statusCode\":404")));
  EXPECT_EQ(refusals(Refusal::kUnknownTopic), 3U);
}

TEST_F(UploadExchangeTest, ABodyOverTheLimitGets413AndTheConnectionStays) {
  start_connected({.decoder = {.max_packet_bytes = 1000}});
  EXPECT_THAT(
      receive(publish_qos_1(8, kTopic, std::string(2000, ' ')) + mqtt::client_bytes::pingreq()),
      ElementsAre("PUBACK 8", HasSubstr("json/error {\"statusCode\":413"), "PINGRESP"));
  EXPECT_THAT(submitted_, IsEmpty());
  EXPECT_EQ(refused_, std::vector<int>{413});
  EXPECT_EQ(refusals(Refusal::kTooLarge), 1U);
}

TEST_F(UploadExchangeTest, AWildcardInATopicNameCloses) {  // [MQTT-3.3.2-2]
  start_connected();
  receive(publish_qos_0("kp1/+/dcx/token/json", "1"));
  EXPECT_EQ(closed_, close_reason(mqtt::Fault::kInvalidTopic));
}

TEST_F(UploadExchangeTest, AnAcknowledgedResponseFreesItsPacketId) {
  start_connected({.max_unacknowledged_responses = 2});
  for (std::uint16_t i = 1; i <= 10; ++i) {
    receive(publish_qos_1(i, kTopicWithId, "1"));
    EXPECT_THAT(answer(i, Code::kAccepted),
                ElementsAre(fmt::format("PUBACK {}", i),
                            fmt::format("PUBLISH q1 id={} {}/status", i, kTopicWithId)));
    receive(mqtt::client_bytes::puback(i));
  }
}

TEST_F(UploadExchangeTest, ResponsesThatAreNeverAcknowledgedEndTheConnection) {
  start_connected({.max_unacknowledged_responses = 2});
  for (std::uint16_t i = 1; i <= 3; ++i) {
    receive(publish_qos_1(i, kTopicWithId, "1") + mqtt::client_bytes::puback(500));
    answer(i, Code::kAccepted);
  }
  EXPECT_EQ(closed_, CloseReason::kResponsesUnacknowledged);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
