// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/fault.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace millrace::mqtt {
namespace {

TEST(FaultTest, EveryFaultHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kFaultCount; ++i) {
    const std::string_view its = name(static_cast<Fault>(i));
    EXPECT_FALSE(its.empty());
    EXPECT_TRUE(names.insert(its).second) << its;
    EXPECT_EQ(its.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << its;
  }
}

TEST(FaultTest, EveryFaultHasTheReasonCodeOfItsKind) {  // section 4.13.1
  using enum Fault;
  const std::map<ReasonCode, std::set<Fault>> kinds = {
      {ReasonCode::kMalformedPacket,
       {kMalformedLength, kMalformedPacket, kReservedBits, kInvalidText, kInvalidQos,
        kUnknownProperty}},
      {ReasonCode::kProtocolError,
       {kFirstPacketNotConnect, kSecondConnect, kUnexpectedPacket, kInvalidPacketId,
        kRepeatedProperty, kInvalidPropertyValue, kInvalidReasonCode, kUnexpectedProperty,
        kMissingProperty, kMissingTopic, kInvalidSubscriptionOptions, kMissingTopicFilter}},
      {ReasonCode::kUnsupportedProtocolVersion, {kUnknownProtocol}},
      {ReasonCode::kTopicNameInvalid, {kInvalidTopic}},
      {ReasonCode::kTopicAliasInvalid, {kInvalidTopicAlias}},
      {ReasonCode::kPacketTooLarge, {kPacketTooLarge}},
      {ReasonCode::kQuotaExceeded, {kTooManySubscriptions, kTopicAliasesTooLarge}},
  };
  std::map<ReasonCode, std::set<Fault>> ours;
  for (std::size_t i = 0; i < kFaultCount; ++i) {
    const auto fault = static_cast<Fault>(i);
    ours[reason_code(fault)].insert(fault);
  }
  EXPECT_EQ(ours, kinds);
}

}  // namespace
}  // namespace millrace::mqtt
