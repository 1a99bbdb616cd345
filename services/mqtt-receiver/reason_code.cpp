// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/reason_code.h"

#include <array>

namespace millrace::mqtt_receiver {

namespace {

constexpr std::array<std::string_view, kCloseReasonCount> kNames = {
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
    "qos_2_unsupported",
    "invalid_packet_id",
    "invalid_topic",
    "too_many_subscriptions",
};

}  // namespace

std::string_view name(CloseReason reason) {
  return kNames.at(static_cast<std::size_t>(reason));
}

bool is_protocol_error(CloseReason reason) {
  return reason >= CloseReason::kFirstPacketNotConnect;
}

Answer answer_to(intake::Receipt::Code code, Qos qos, bool has_request_id) {
  const bool at_least_once = qos == Qos::kAtLeastOnce;
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
      break;
  }
  // A refusal is acknowledged too: the same bytes sent again would be refused again.
  return {.acknowledge = at_least_once, .response = Answer::Response::kError};
}

}  // namespace millrace::mqtt_receiver
