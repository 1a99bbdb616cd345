// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/reason_code.h"

#include <array>

namespace millrace::mqtt_receiver {

namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(CloseReason::kFirstFault)> kNames =
    {
        "disconnected",
        "peer_closed",
        "taken_over",
        "token_revoked",
        "shutdown",
        "unacceptable_protocol_level",
        "identifier_rejected",
        "connect_timeout",
        "packet_timeout",
        "keep_alive_timeout",
        "upload_unavailable",
        "slow_reader",
        "responses_unacknowledged",
        "memory_exhausted",
        "qos_2_unsupported",
};

}  // namespace

std::string_view name(CloseReason reason) {
  if (reason < CloseReason::kFirstFault) return kNames.at(static_cast<std::size_t>(reason));
  return mqtt::name(static_cast<mqtt::Fault>(static_cast<std::size_t>(reason) -
                                             static_cast<std::size_t>(CloseReason::kFirstFault)));
}

bool is_protocol_error(CloseReason reason) {
  return reason >= CloseReason::kQos2Unsupported;
}

Answer answer_to(intake::Receipt::Code code, mqtt::Qos qos, bool has_request_id) {
  const bool at_least_once = qos == mqtt::Qos::kAtLeastOnce;
  switch (code) {
    case intake::Receipt::Code::kAccepted:
      return {.acknowledge = at_least_once,
              .response = has_request_id ? Answer::Response::kStatus : Answer::Response::kNone};
    case intake::Receipt::Code::kUnavailable:
      // QoS 0 promises nothing, but the device may want to know; QoS 1 is answered when it is in.
      if (at_least_once) return {.retry = true};
      return {.response = Answer::Response::kError};
    case intake::Receipt::Code::kBadRequest:
    case intake::Receipt::Code::kForbidden:
    case intake::Receipt::Code::kNotFound:
    case intake::Receipt::Code::kTooLarge:
    case intake::Receipt::Code::kTooManyRequests:
      break;
  }
  // A refusal is acknowledged too: the same bytes sent again would be refused again.
  return {.acknowledge = at_least_once, .response = Answer::Response::kError};
}

}  // namespace millrace::mqtt_receiver
