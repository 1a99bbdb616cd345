// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/handshake.h"

#include <algorithm>

#include "mqtt-receiver/will.h"

namespace millrace::mqtt_receiver {

namespace {

bool speaks_mqtt_5(const mqtt::Connect& connect) {
  return connect.level >= mqtt::kLevel5;
}

bool has_good_client_id(const mqtt::Connect& connect) {
  if (!connect.client_id.empty()) return connect.client_id.size() <= kMaxClientIdBytes;
  // An id that we choose needs a clean session in MQTT 3.1.1 [MQTT-3.1.3-8]; in MQTT 5 it does not
  // [MQTT-3.1.3-6]; MQTT 3.1 knows no such ids.
  return speaks_mqtt_5(connect) || (connect.level == mqtt::kLevel311 && connect.clean_session);
}

}  // namespace

std::optional<CloseReason> refusal_of(const mqtt::Connect& connect) {
  if (!connect.level_supported) return CloseReason::kUnacceptableProtocolLevel;
  if (!has_good_client_id(connect)) return CloseReason::kIdentifierRejected;
  if (connect.authentication_method) return CloseReason::kUnknownAuthenticationMethod;
  // Earlier levels cannot say what is wrong with a will; theirs are taken, and dropped at the end.
  if (connect.will && speaks_mqtt_5(connect)) {
    if (connect.will->retain) return CloseReason::kRetainedWill;
    if (!takes_uploads(connect.will->topic)) return CloseReason::kWillRefused;
  }
  return std::nullopt;
}

Agreement agree(const mqtt::Connect& connect, const SessionLimits& limits) {
  Agreement agreement;
  agreement.client_id_assigned = connect.client_id.empty() && speaks_mqtt_5(connect);
  agreement.asked_for_session_expiry = connect.session_expiry_s > 0;
  agreement.keep_alive = std::chrono::seconds{connect.keep_alive_s};
  const std::chrono::seconds longest = limits.max_keep_alive;
  // Earlier levels have no way to hear of it.
  if (longest.count() > 0 && speaks_mqtt_5(connect) &&
      (connect.keep_alive_s == 0 || agreement.keep_alive > longest)) {
    agreement.server_keep_alive = true;
    agreement.keep_alive = longest;
  }
  return agreement;
}

mqtt::Connack welcome(const Agreement& agreement, const SessionLimits& limits,
                      std::string_view client_id) {
  mqtt::Connack connack;
  // The absence of these two would mean the client's own values.
  if (agreement.asked_for_session_expiry) connack.session_expiry_s = 0;
  if (agreement.server_keep_alive) {
    connack.server_keep_alive_s = static_cast<std::uint16_t>(agreement.keep_alive.count());
  }
  if (agreement.client_id_assigned) connack.assigned_client_id = client_id;
  connack.receive_maximum =
      static_cast<std::uint16_t>(std::min<std::size_t>(limits.uploads.max_uploads, 65'535));
  connack.maximum_packet_bytes = static_cast<std::uint32_t>(limits.decoder.max_packet_bytes);
  connack.topic_alias_maximum = limits.decoder.topic_alias_maximum;
  connack.retain_available = false;
  connack.subscription_identifier_available = false;
  connack.shared_subscription_available = false;
  return connack;
}

}  // namespace millrace::mqtt_receiver
