// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/reason_code.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

using Code = intake::Receipt::Code;
using Response = Answer::Response;

TEST(CloseReasonTest, EveryReasonHasANameOfItsOwn) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kCloseReasonCount; ++i) {
    names.emplace(name(static_cast<CloseReason>(i)));
  }
  EXPECT_EQ(names.size(), kCloseReasonCount);
  EXPECT_EQ(name(CloseReason::kDisconnected), "disconnected");
  EXPECT_EQ(name(CloseReason::kMemoryExhausted), "memory_exhausted");
  EXPECT_EQ(name(close_reason(mqtt::Fault::kFirstPacketNotConnect)), "first_packet_not_connect");
  EXPECT_EQ(name(close_reason(mqtt::Fault::kTooManySubscriptions)), "too_many_subscriptions");
}

TEST(CloseReasonTest, EveryEndButThePeersOwnIsExplained) {
  for (std::size_t i = 0; i < kCloseReasonCount; ++i) {
    const auto reason = static_cast<CloseReason>(i);
    const bool peers = reason == CloseReason::kDisconnected || reason == CloseReason::kPeerClosed ||
                       reason == CloseReason::kOpeningFailed ||
                       reason == CloseReason::kTransportFault;
    EXPECT_EQ(reason_code(reason).has_value(), !peers) << name(reason);
    EXPECT_EQ(explanation(reason).empty(), peers) << name(reason);
    EXPECT_GE(reason_code(reason).value_or(mqtt::ReasonCode::kUnspecifiedError),
              mqtt::ReasonCode::kUnspecifiedError);
  }
  EXPECT_EQ(reason_code(CloseReason::kTakenOver), mqtt::ReasonCode::kSessionTakenOver);
  EXPECT_EQ(reason_code(CloseReason::kShutdown), mqtt::ReasonCode::kServerShuttingDown);
  EXPECT_EQ(reason_code(CloseReason::kSessionExpiryRaised), mqtt::ReasonCode::kProtocolError);
  EXPECT_EQ(reason_code(close_reason(mqtt::Fault::kPacketTooLarge)),
            mqtt::ReasonCode::kPacketTooLarge);
  EXPECT_NE(explanation(close_reason(mqtt::Fault::kInvalidQos)).find("invalid_qos"),
            std::string::npos);
}

TEST(CloseReasonTest, ProtocolErrorsAreTheOnesOfThePeersBytes) {
  EXPECT_FALSE(is_protocol_error(CloseReason::kPeerClosed));
  EXPECT_FALSE(is_protocol_error(CloseReason::kMemoryExhausted));
  EXPECT_TRUE(is_protocol_error(close_reason(mqtt::Fault::kFirstPacketNotConnect)));
  EXPECT_TRUE(is_protocol_error(close_reason(mqtt::Fault::kTooManySubscriptions)));
}

struct Case {
  Code code;
  mqtt::Qos qos;
  bool has_request_id;
  bool acknowledge;
  Response response;
  mqtt::ReasonCode reason_code = mqtt::ReasonCode::kSuccess;
  std::optional<Refusal> refusal = std::nullopt;
};

TEST(AnswerTest, EachReceiptHasItsAnswer) {
  using mqtt::ReasonCode;
  constexpr mqtt::Qos kQos0 = mqtt::Qos::kAtMostOnce;
  constexpr mqtt::Qos kQos1 = mqtt::Qos::kAtLeastOnce;
  constexpr mqtt::Qos kQos2 = mqtt::Qos::kExactlyOnce;
  const Case cases[] = {
      {Code::kAccepted, kQos0, false, false, Response::kNone},
      {Code::kAccepted, kQos0, true, false, Response::kStatus},
      {Code::kAccepted, kQos1, false, true, Response::kNone},
      {Code::kAccepted, kQos1, true, true, Response::kStatus},
      {Code::kAccepted, kQos2, true, true, Response::kStatus},
      {Code::kBadRequest, kQos0, false, false, Response::kError, ReasonCode::kPayloadFormatInvalid,
       Refusal::kBadRequest},
      {Code::kBadRequest, kQos1, true, true, Response::kError, ReasonCode::kPayloadFormatInvalid,
       Refusal::kBadRequest},
      {Code::kForbidden, kQos1, false, true, Response::kError, ReasonCode::kNotAuthorized,
       Refusal::kForbidden},
      {Code::kNotFound, kQos2, false, true, Response::kError, ReasonCode::kNotAuthorized,
       Refusal::kNotFound},
      {Code::kTooLarge, kQos0, true, false, Response::kError, ReasonCode::kQuotaExceeded,
       Refusal::kTooLarge},
      {Code::kTooManyRequests, kQos1, true, true, Response::kError, ReasonCode::kQuotaExceeded,
       Refusal::kTooManyRequests},
      {Code::kUnavailable, kQos0, false, false, Response::kError, ReasonCode::kUnspecifiedError,
       Refusal::kUnavailable},
  };
  for (const Case& c : cases) {
    const Answer answer = answer_to(c.code, c.qos, c.has_request_id);
    const std::string label = std::to_string(static_cast<int>(c.code)) + " at QoS " +
                              std::to_string(static_cast<int>(c.qos));
    EXPECT_EQ(answer.acknowledge, c.acknowledge) << label;
    EXPECT_EQ(answer.response, c.response) << label;
    EXPECT_EQ(answer.reason_code, c.reason_code) << label;
    EXPECT_EQ(answer.refusal, c.refusal) << label;
  }
}

TEST(AnswerTest, OnlyWhatIsToBeAcknowledgedWaitsForWhatIsAway) {
  EXPECT_FALSE(must_wait(Code::kUnavailable, mqtt::Qos::kAtMostOnce));
  EXPECT_TRUE(must_wait(Code::kUnavailable, mqtt::Qos::kAtLeastOnce));
  EXPECT_TRUE(must_wait(Code::kUnavailable, mqtt::Qos::kExactlyOnce));
  EXPECT_FALSE(must_wait(Code::kTooManyRequests, mqtt::Qos::kAtLeastOnce));
}

TEST(RefusalTest, EachHasANameOfItsOwn) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kRefusalCount; ++i) names.emplace(name(static_cast<Refusal>(i)));
  EXPECT_EQ(names.size(), kRefusalCount);
  EXPECT_EQ(name(Refusal::kUnavailable), "unavailable");
}

}  // namespace
}  // namespace millrace::mqtt_receiver
