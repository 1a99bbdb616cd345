// SPDX-License-Identifier: Apache-2.0
//
// How the bytes of a peer can break the rules of MQTT packets. A fault ends the connection: what
// follows cannot be trusted to be where it seems.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/mqtt/reason_code.h"

namespace millrace::mqtt {

// The order is that of metrics' label values.
enum class Fault : std::uint8_t {
  kFirstPacketNotConnect,  // [MQTT-3.1.0-1]
  kSecondConnect,          // [MQTT-3.1.0-2]
  kMalformedLength,        // a length of more than four bytes
  kMalformedPacket,        // fields and remaining length do not agree
  kReservedBits,           // [MQTT-2.2.2-2], [MQTT-3.1.2-3]
  kUnexpectedPacket,       // of a type that only servers send
  kPacketTooLarge,         // and not a PUBLISH
  kUnknownProtocol,        // the name in CONNECT
  kInvalidText,            // not UTF-8, or with U+0000 [MQTT-1.5.3-1], [MQTT-1.5.3-2]
  kInvalidQos,             // 3 [MQTT-3.3.1-4], or above 2 in SUBSCRIBE [MQTT-3.8.3-4]
  kInvalidPacketId,        // 0 [MQTT-2.3.1-1]
  kInvalidTopic,           // empty, with wildcards [MQTT-3.3.2-2], or too long
  kTooManySubscriptions,   // in one packet
  // MQTT 5.
  kUnknownProperty,       // or one that is not of this packet (section 2.2.2.2)
  kRepeatedProperty,      // that may be there once
  kInvalidPropertyValue,  // outside its range
  kInvalidReasonCode,     // not of this packet
  kInvalidTopicAlias,     // 0, above the maximum, or not defined yet [MQTT-3.3.2-8], [MQTT-3.3.2-9]
  kTopicAliasesTooLarge,  // their topics together
  kUnexpectedProperty,    // that only servers send in this packet [MQTT-3.3.4-6]
  kMissingProperty,       // an authentication method, beside its data or in AUTH
  kMissingTopic,          // neither topic nor alias (section 3.3.2.1)
  kInvalidSubscriptionOptions,  // QoS or retain handling 3, or no local on a shared subscription
  // Of every level.
  kMissingTopicFilter,  // SUBSCRIBE or UNSUBSCRIBE without any [MQTT-3.8.3-3], [MQTT-3.10.3-2]
};
inline constexpr std::size_t kFaultCount = static_cast<std::size_t>(Fault::kMissingTopicFilter) + 1;

// snake_case, for labels and logs.
std::string_view name(Fault fault);
// What MQTT 5 calls it, in CONNACK or DISCONNECT.
ReasonCode reason_code(Fault fault);

}  // namespace millrace::mqtt
