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
  bool retry;
  Response response;
};

TEST(AnswerTest, EachReceiptHasItsAnswer) {
  constexpr mqtt::Qos kQos0 = mqtt::Qos::kAtMostOnce;
  constexpr mqtt::Qos kQos1 = mqtt::Qos::kAtLeastOnce;
  const Case cases[] = {
      {Code::kAccepted, kQos0, false, false, false, Response::kNone},
      {Code::kAccepted, kQos0, true, false, false, Response::kStatus},
      {Code::kAccepted, kQos1, false, true, false, Response::kNone},
      {Code::kAccepted, kQos1, true, true, false, Response::kStatus},
      {Code::kBadRequest, kQos0, false, false, false, Response::kError},
      {Code::kBadRequest, kQos1, true, true, false, Response::kError},
      {Code::kForbidden, kQos1, false, true, false, Response::kError},
      {Code::kNotFound, kQos1, false, true, false, Response::kError},
      {Code::kTooLarge, kQos0, true, false, false, Response::kError},
      {Code::kTooManyRequests, kQos0, false, false, false, Response::kError},
      {Code::kTooManyRequests, kQos1, true, true, false, Response::kError},
      {Code::kUnavailable, kQos0, false, false, false, Response::kError},
      {Code::kUnavailable, kQos1, false, false, true, Response::kNone},
      {Code::kUnavailable, kQos1, true, false, true, Response::kNone},
  };
  for (const Case& c : cases) {
    const Answer answer = answer_to(c.code, c.qos, c.has_request_id);
    const std::string label = std::to_string(static_cast<int>(c.code)) + " at QoS " +
                              std::to_string(static_cast<int>(c.qos));
    EXPECT_EQ(answer.acknowledge, c.acknowledge) << label;
    EXPECT_EQ(answer.retry, c.retry) << label;
    EXPECT_EQ(answer.response, c.response) << label;
  }
}

}  // namespace
}  // namespace millrace::mqtt_receiver
