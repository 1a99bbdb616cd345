// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/fault.h"

#include <array>

namespace millrace::mqtt {

namespace {

constexpr std::array<std::string_view, kFaultCount> kNames = {
    "first_packet_not_connect",
    "second_connect",
    "malformed_length",
    "malformed_packet",
    "reserved_bits",
    "unexpected_packet",
    "packet_too_large",
    "unknown_protocol",
    "invalid_text",
    "invalid_qos",
    "invalid_packet_id",
    "invalid_topic",
    "too_many_subscriptions",
    "unknown_property",
    "repeated_property",
    "invalid_property_value",
    "invalid_reason_code",
    "invalid_topic_alias",
    "topic_aliases_too_large",
    "unexpected_property",
    "missing_property",
    "missing_topic",
    "invalid_subscription_options",
    "missing_topic_filter",
};

}  // namespace

std::string_view name(Fault fault) {
  return kNames.at(static_cast<std::size_t>(fault));
}

ReasonCode reason_code(Fault fault) {
  switch (fault) {
    case Fault::kFirstPacketNotConnect:
    case Fault::kSecondConnect:
    case Fault::kUnexpectedPacket:
    case Fault::kRepeatedProperty:
    case Fault::kInvalidPropertyValue:
    case Fault::kInvalidReasonCode:
    case Fault::kInvalidPacketId:
    case Fault::kUnexpectedProperty:
    case Fault::kMissingProperty:
    case Fault::kMissingTopic:
    case Fault::kInvalidSubscriptionOptions:
    case Fault::kMissingTopicFilter:
      return ReasonCode::kProtocolError;
    case Fault::kPacketTooLarge:
      return ReasonCode::kPacketTooLarge;
    case Fault::kUnknownProtocol:
      return ReasonCode::kUnsupportedProtocolVersion;
    case Fault::kInvalidTopic:
      return ReasonCode::kTopicNameInvalid;
    case Fault::kTooManySubscriptions:
    case Fault::kTopicAliasesTooLarge:
      return ReasonCode::kQuotaExceeded;
    case Fault::kInvalidTopicAlias:
      return ReasonCode::kTopicAliasInvalid;
    case Fault::kMalformedLength:
    case Fault::kMalformedPacket:
    case Fault::kReservedBits:
    case Fault::kInvalidText:
    case Fault::kInvalidQos:
    case Fault::kUnknownProperty:
      break;
  }
  return ReasonCode::kMalformedPacket;
}

}  // namespace millrace::mqtt
