// SPDX-License-Identifier: Apache-2.0
//
// Why connections end and uploads are refused, by the names that logs and metrics have for it, and
// the one mapping from both to what MQTT can say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
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
  kCredentialsRevoked,     // of the client
  kAuthenticationChanged,  // what the client showed is no longer enough
  kShutdown,
  // Refused by CONNACK.
  kUnacceptableProtocolLevel,
  kIdentifierRejected,
  kWillRefused,                  // MQTT 5: on a topic that takes no uploads
  kRetainedWill,                 // MQTT 5 [MQTT-3.2.2-13]
  kUnknownAuthenticationMethod,  // MQTT 5: we know none
  kPacketLimitTooLow,            // MQTT 5: of the client; CONNACK does not fit
  kCredentialsRefused,
  kAuthenticationUnavailable,  // nobody could say whether the credentials are good
  // Time and resources.
  kConnectTimeout,           // no CONNECT in time
  kPacketTimeout,            // a packet began and did not end
  kKeepAliveTimeout,         // [MQTT-3.1.2-24]
  kUploadUnavailable,        // bus or registry stayed away: the device is to send again
  kSlowReader,               // does not read what we answer
  kResponsesUnacknowledged,  // does not acknowledge our responses
  kMemoryExhausted,          // max-buffered-size
  kOpeningFailed,            // no stream came of it: OpeningFault says why
  kTransportFault,           // TLS or WebSocket went wrong later on
  // The peer broke the rules of the protocol.
  kReceiveMaximumExceeded,  // publishes begun and not finished
  kUnexpectedPubrel,        // for a publish whose PUBREC we have not sent
  kSharedSubscription,      // MQTT 5: CONNACK said that there are none
  kSubscriptionIdentifier,  // the same
  kSessionExpiryRaised,     // MQTT 5: DISCONNECT asks for what CONNECT did not (3.14.2.2.2)
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
// Of CONNACK or DISCONNECT; nullopt: the peer has gone, there is nothing to say.
std::optional<mqtt::ReasonCode> reason_code(CloseReason reason);
// For people: the reason string of CONNACK or DISCONNECT.
std::string explanation(CloseReason reason);

// Why an upload was refused. The order is that of the metrics' label values.
enum class Refusal : std::uint8_t {
  kBadRequest,
  kForbidden,
  kUnknownTopic,  // none that takes uploads
  kNotFound,      // token or application version
  kTooLarge,
  kTooManyRequests,
  kUnavailable,  // QoS 0 only: others wait
};
inline constexpr std::size_t kRefusalCount = static_cast<std::size_t>(Refusal::kUnavailable) + 1;
std::string_view name(Refusal refusal);

// Whether a PUBLISH gets no answer for such a receipt: it is to be submitted again, the device
// waits. QoS 0 promises nothing, but the device may want to know.
constexpr bool must_wait(intake::Receipt::Code code, mqtt::Qos qos) {
  return code == intake::Receipt::Code::kUnavailable && qos != mqtt::Qos::kAtMostOnce;
}

// What a PUBLISH gets for a receipt for which it must not wait.
struct Answer {
  enum class Response { kNone, kStatus, kError };
  bool acknowledge = false;  // PUBACK or PUBREC
  Response response = Response::kNone;
  // Of PUBACK or PUBREC, where MQTT has room for it.
  mqtt::ReasonCode reason_code = mqtt::ReasonCode::kSuccess;
  std::optional<Refusal> refusal = std::nullopt;
};
Answer answer_to(intake::Receipt::Code code, mqtt::Qos qos, bool has_request_id);

}  // namespace millrace::mqtt_receiver
