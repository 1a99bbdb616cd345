// SPDX-License-Identifier: Apache-2.0
//
// What a session wants done: values that Connection carries out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/intake/intake.h"
#include "lib/mqtt/packet.h"
#include "mqtt-receiver/reason_code.h"

namespace millrace::mqtt_receiver {

struct Submission {
  std::uint64_t upload_id = 0;
  intake::Upload upload;
};

// As the client gave them in CONNECT. To be dropped as soon as they are checked.
struct ConnectCredentials {
  std::optional<std::string> user_name;
  std::optional<std::string> password;
};

// The answer to ConnectCredentials.
struct AuthenticationVerdict {
  // Not kSuccess: of CONNACK; kServerUnavailable when nobody could say.
  mqtt::ReasonCode reason_code = mqtt::ReasonCode::kSuccess;
  std::string reason = {};  // for people; empty: as the reason code says
};

// What happened, for the metrics.
struct Tally {
  std::uint32_t packets = 0;
  std::array<std::uint32_t, 3> publishes = {};  // by QoS
  std::uint32_t repeated_publishes = 0;         // QoS 2, of an id in use: not stored again
  std::uint32_t status_responses = 0;
  std::uint32_t error_responses = 0;
  std::uint32_t replies = 0;            // to a response topic
  std::uint32_t oversized_answers = 0;  // not sent: larger than the client's maximum packet size
  std::array<std::uint32_t, kRefusalCount> refusals = {};
  std::uint32_t rate_pauses = 0;  // times that max_publishes_per_second stopped reading
  std::uint32_t wills_submitted = 0;
  std::uint32_t wills_dropped = 0;  // on a topic that takes no uploads
};

// Appended to by each event; carried out in the order of the members.
struct Actions {
  std::vector<Submission> submissions;           // for intake; the receipts come back to answer()
  std::vector<intake::OutsideRefusal> refusals;  // for intake, to keep
  std::optional<intake::Upload> will;            // for intake; nobody waits for the receipt
  std::string output;                            // for the socket
  // To be checked; the verdict comes back to authenticated().
  std::optional<ConnectCredentials> authentication;
  bool connected = false;            // CONNECT was accepted just now
  std::optional<CloseReason> close;  // after `output`; the session takes no more events
  Tally tally;
};

}  // namespace millrace::mqtt_receiver
