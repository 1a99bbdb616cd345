// SPDX-License-Identifier: Apache-2.0
//
// Every code and name that leaves the receiver: return codes of MQTT 3.1.1, why connections end,
// and the one mapping from intake's receipts to what MQTT can say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/intake/intake.h"
#include "mqtt-receiver/packet.h"

namespace millrace::mqtt_receiver {

// Return codes of CONNACK (MQTT 3.1.1, table 3.1).
enum class ConnectCode : std::uint8_t {
  kAccepted = 0x00,
  kUnacceptableProtocolLevel = 0x01,
  kIdentifierRejected = 0x02,
};

// Return codes of SUBACK (MQTT 3.1.1, section 3.9.3).
enum class SubscribeCode : std::uint8_t {
  kGrantedQos0 = 0x00,
  kGrantedQos1 = 0x01,
  kFailure = 0x80,
};

// Why a connection ends. The order is that of the metrics' label values.
enum class CloseReason : std::uint8_t {
  // The peer's or our own wish.
  kDisconnected,  // DISCONNECT
  kPeerClosed,    // the socket ended without DISCONNECT
  kTakenOver,     // the client id connected again [MQTT-3.1.4-2]
  kTokenRevoked,
  kShutdown,
  // Refused by CONNACK.
  kUnacceptableProtocolLevel,
  kIdentifierRejected,
  // Time and resources.
  kConnectTimeout,           // no CONNECT in time
  kPacketTimeout,            // a packet began and did not end
  kKeepAliveTimeout,         // [MQTT-3.1.2-24]
  kUploadUnavailable,        // bus or registry stayed away: the device is to send again
  kSlowReader,               // does not read what we answer
  kResponsesUnacknowledged,  // does not acknowledge our QoS 1 responses
  kMemoryExhausted,          // max-buffered-size
  // Faults of the peer's bytes: protocol errors.
  kFirstPacketNotConnect,  // [MQTT-3.1.0-1]
  kSecondConnect,          // [MQTT-3.1.0-2]
  kMalformedLength,        // a remaining length of more than four bytes
  kMalformedPacket,        // fields and remaining length do not agree
  kReservedBits,           // [MQTT-2.2.2-2], [MQTT-3.1.2-3]
  kUnexpectedPacket,       // of a type that only servers send, or of QoS 2
  kPacketTooLarge,         // and not a PUBLISH
  kUnknownProtocol,        // the name in CONNECT
  kInvalidText,            // not UTF-8, or with U+0000 [MQTT-1.5.3-1], [MQTT-1.5.3-2]
  kInvalidQos,             // 3 [MQTT-3.3.1-4], or above 2 in SUBSCRIBE [MQTT-3.8.3-4]
  kQos2Unsupported,
  kInvalidPacketId,       // 0 [MQTT-2.3.1-1]
  kInvalidTopic,          // empty, with wildcards [MQTT-3.3.2-2], or too long to be answered
  kTooManySubscriptions,  // in one packet
};
inline constexpr std::size_t kCloseReasonCount =
    static_cast<std::size_t>(CloseReason::kTooManySubscriptions) + 1;

// snake_case, for labels and logs.
std::string_view name(CloseReason reason);
// Whether the peer broke the protocol.
bool is_protocol_error(CloseReason reason);

// What a PUBLISH gets for a receipt.
struct Answer {
  enum class Response { kNone, kStatus, kError };
  bool acknowledge = false;  // PUBACK
  bool retry = false;        // no answer: submit again, the device waits
  Response response = Response::kNone;
};
Answer answer_to(intake::Receipt::Code code, Qos qos, bool has_request_id);

}  // namespace millrace::mqtt_receiver
