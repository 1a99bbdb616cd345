// SPDX-License-Identifier: Apache-2.0
//
// Why connections end, by the names that logs and metrics have for it, and the one mapping from
// intake's receipts to what MQTT can say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/intake/intake.h"
#include "lib/mqtt/fault.h"
#include "lib/mqtt/packet.h"

namespace millrace::mqtt_receiver {

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
  kQos2Unsupported,
  // The peer broke the rules of packets: this and the mqtt::Fault.
  kFirstFault,
};
inline constexpr std::size_t kCloseReasonCount =
    static_cast<std::size_t>(CloseReason::kFirstFault) + mqtt::kFaultCount;

constexpr CloseReason close_reason(mqtt::Fault fault) {
  return static_cast<CloseReason>(static_cast<std::uint8_t>(CloseReason::kFirstFault) +
                                  static_cast<std::uint8_t>(fault));
}

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
Answer answer_to(intake::Receipt::Code code, mqtt::Qos qos, bool has_request_id);

}  // namespace millrace::mqtt_receiver
