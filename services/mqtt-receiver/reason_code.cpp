// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/reason_code.h"

#include <array>

#include <fmt/format.h>

namespace millrace::mqtt_receiver {

namespace {

using mqtt::ReasonCode;

struct Ending {
  std::string_view name;
  std::optional<ReasonCode> reason_code;
  std::string_view explanation;
};

// In the order of CloseReason.
constexpr std::array<Ending, static_cast<std::size_t>(CloseReason::kFirstFault)> kEndings = {{
    {"disconnected", std::nullopt, ""},
    {"peer_closed", std::nullopt, ""},
    {"taken_over", ReasonCode::kSessionTakenOver, "the client id connected again"},
    {"token_revoked", ReasonCode::kAdministrativeAction,
     "an endpoint token this connection has used was suspended or revoked"},
    {"credentials_revoked", ReasonCode::kAdministrativeAction,
     "the client credentials of this connection were suspended or revoked"},
    {"authentication_changed", ReasonCode::kNotAuthorized,
     "this server asks for other client credentials now: connect with them"},
    {"shutdown", ReasonCode::kServerShuttingDown, "the server stops: connect again"},
    {"unacceptable_protocol_level", ReasonCode::kUnsupportedProtocolVersion,
     "use MQTT 3.1, 3.1.1 or 5"},
    {"identifier_rejected", ReasonCode::kClientIdentifierNotValid,
     "a client id has at most 1024 bytes; an empty one needs a clean session"},
    {"will_refused", ReasonCode::kTopicNameInvalid,
     "the will's topic takes no uploads: use kp1/<app-version>/dcx/<endpoint-token>/json"},
    {"retained_will", ReasonCode::kRetainNotSupported,
     "nothing is retained here: send the will without RETAIN"},
    {"unknown_authentication_method", ReasonCode::kBadAuthenticationMethod,
     "this server knows no authentication method: send user name and password only"},
    {"packet_limit_too_low", ReasonCode::kPacketTooLarge,
     "the client's maximum packet size is too small for CONNACK"},
    {"credentials_refused", ReasonCode::kNotAuthorized, "the client credentials are not accepted"},
    {"authentication_unavailable", ReasonCode::kServerUnavailable,
     "client credentials cannot be checked now: try again"},
    {"connect_timeout", ReasonCode::kServerUnavailable,
     "client credentials could not be checked in time: try again"},
    {"packet_timeout", ReasonCode::kUnspecifiedError,
     "a packet began and did not end within the server's packet-timeout"},
    {"keep_alive_timeout", ReasonCode::kKeepAliveTimeout,
     "no packet came for one and a half times the keep alive"},
    {"upload_unavailable", ReasonCode::kServerBusy,
     "the upload could not be stored in time: connect and send again"},
    {"slow_reader", ReasonCode::kQuotaExceeded, "the client does not read what is answered"},
    {"responses_unacknowledged", ReasonCode::kQuotaExceeded,
     "the client does not acknowledge responses"},
    {"memory_exhausted", ReasonCode::kQuotaExceeded,
     "the server has no memory for the beginning of this packet: send smaller ones"},
    {"opening_failed", std::nullopt, ""},
    {"transport_fault", std::nullopt, ""},
    {"receive_maximum_exceeded", ReasonCode::kReceiveMaximumExceeded,
     "more publishes of QoS 1 and 2 are not finished than the server's receive maximum allows"},
    {"unexpected_pubrel", ReasonCode::kProtocolError,
     "PUBREL came for a publish that has no PUBREC yet"},
    {"shared_subscription", ReasonCode::kSharedSubscriptionsNotSupported,
     "shared subscriptions are not supported, as CONNACK says"},
    {"subscription_identifier", ReasonCode::kSubscriptionIdentifiersNotSupported,
     "subscription identifiers are not supported, as CONNACK says"},
    {"session_expiry_raised", ReasonCode::kProtocolError,
     "DISCONNECT asks for a session expiry interval, CONNECT had none"},
}};

constexpr std::array<std::string_view, kRefusalCount> kRefusals = {
    "bad_request", "forbidden",         "unknown_topic", "not_found",
    "too_large",   "too_many_requests", "unavailable",
};

mqtt::Fault fault_of(CloseReason reason) {
  return static_cast<mqtt::Fault>(static_cast<std::size_t>(reason) -
                                  static_cast<std::size_t>(CloseReason::kFirstFault));
}

const Ending& ending(CloseReason reason) {
  return kEndings.at(static_cast<std::size_t>(reason));
}

struct RefusedAs {
  Refusal refusal;
  ReasonCode reason_code;
};

// Of PUBACK and PUBREC the standard has few codes (table 3-4): what concerns size and number is a
// quota, who may send and for whom is authorization.
RefusedAs refused_as(intake::Receipt::Code code) {
  switch (code) {
    case intake::Receipt::Code::kBadRequest:
      return {Refusal::kBadRequest, ReasonCode::kPayloadFormatInvalid};
    case intake::Receipt::Code::kForbidden:
      return {Refusal::kForbidden, ReasonCode::kNotAuthorized};
    case intake::Receipt::Code::kNotFound:
      return {Refusal::kNotFound, ReasonCode::kNotAuthorized};
    case intake::Receipt::Code::kTooLarge:
      return {Refusal::kTooLarge, ReasonCode::kQuotaExceeded};
    case intake::Receipt::Code::kTooManyRequests:
      return {Refusal::kTooManyRequests, ReasonCode::kQuotaExceeded};
    case intake::Receipt::Code::kAccepted:
    case intake::Receipt::Code::kUnavailable:
      break;
  }
  return {Refusal::kUnavailable, ReasonCode::kUnspecifiedError};
}

}  // namespace

std::string_view name(CloseReason reason) {
  if (reason < CloseReason::kFirstFault) return ending(reason).name;
  return mqtt::name(fault_of(reason));
}

bool is_protocol_error(CloseReason reason) {
  return reason >= CloseReason::kReceiveMaximumExceeded;
}

std::optional<mqtt::ReasonCode> reason_code(CloseReason reason) {
  if (reason < CloseReason::kFirstFault) return ending(reason).reason_code;
  return mqtt::reason_code(fault_of(reason));
}

std::string explanation(CloseReason reason) {
  if (reason < CloseReason::kFirstFault) return std::string(ending(reason).explanation);
  return fmt::format("a packet broke a rule of MQTT: {}", mqtt::name(fault_of(reason)));
}

std::string_view name(Refusal refusal) {
  return kRefusals.at(static_cast<std::size_t>(refusal));
}

Answer answer_to(intake::Receipt::Code code, mqtt::Qos qos, bool has_request_id) {
  const bool acknowledged = qos != mqtt::Qos::kAtMostOnce;
  if (code == intake::Receipt::Code::kAccepted) {
    return {.acknowledge = acknowledged,
            .response = has_request_id ? Answer::Response::kStatus : Answer::Response::kNone};
  }
  const RefusedAs refused = refused_as(code);
  // A refusal is acknowledged too: the same bytes sent again would be refused again.
  return {.acknowledge = acknowledged,
          .response = Answer::Response::kError,
          .reason_code = refused.reason_code,
          .refusal = refused.refusal};
}

}  // namespace millrace::mqtt_receiver
