// SPDX-License-Identifier: Apache-2.0
//
// The rules of CONNECT, and what CONNACK says of this server.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "lib/mqtt/packet.h"
#include "lib/mqtt/packet_encoder.h"
#include "mqtt-receiver/reason_code.h"
#include "mqtt-receiver/session_limits.h"

namespace millrace::mqtt_receiver {

// Why this client cannot be served, whoever it is; nullopt: it can.
std::optional<CloseReason> refusal_of(const mqtt::Connect& connect);

// What was settled between CONNECT and CONNACK, for the time in between and after.
struct Agreement {
  bool client_id_assigned = false;
  bool asked_for_session_expiry = false;
  bool server_keep_alive = false;      // keep_alive is ours, not the client's
  std::chrono::seconds keep_alive{0};  // 0: off
};
Agreement agree(const mqtt::Connect& connect, const SessionLimits& limits);

// CONNACK of a connection that is accepted. Points into `client_id`.
mqtt::Connack welcome(const Agreement& agreement, const SessionLimits& limits,
                      std::string_view client_id);

}  // namespace millrace::mqtt_receiver
