// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/peer.h"

namespace millrace::mqtt_receiver {

Peer peer_of(const mqtt::Connect& connect) {
  Peer peer;
  if (!connect.level_supported) {
    // Those after MQTT 5 more likely read its form of CONNACK than the old one.
    if (connect.level > mqtt::kLevel5) peer.level = mqtt::kLevel5;
    return peer;
  }
  peer.level = connect.level;
  peer.wants_reason_strings = connect.request_problem_information;
  peer.receive_maximum = connect.receive_maximum;
  if (connect.maximum_packet_bytes) peer.max_packet_bytes = *connect.maximum_packet_bytes;
  return peer;
}

void append_acknowledgement(std::string& out, const Peer& peer,
                            const mqtt::Acknowledgement& acknowledgement, std::string_view reason) {
  // Without its reason it always fits where CONNACK did.
  mqtt::append_acknowledgement(out, peer.level, acknowledgement,
                               peer.wants_reason_strings ? reason : std::string_view(),
                               peer.max_packet_bytes);
}

}  // namespace millrace::mqtt_receiver
