// SPDX-License-Identifier: Apache-2.0
//
// What a client said in CONNECT about what it takes, and acknowledgements in a form that it does.
// Before MQTT 5 a client says nothing of the kind, and the defaults stand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/mqtt/packet.h"
#include "lib/mqtt/packet_encoder.h"

namespace millrace::mqtt_receiver {

struct Peer {
  std::uint8_t level = mqtt::kLevel311;
  bool wants_reason_strings = true;        // request problem information
  std::uint16_t receive_maximum = 65'535;  // our publishes of QoS 1 and 2 not acknowledged
  std::size_t max_packet_bytes = mqtt::kNoPacketLimit;

  bool speaks_mqtt_5() const { return level >= mqtt::kLevel5; }
};

Peer peer_of(const mqtt::Connect& connect);

// PUBACK, PUBREC, PUBREL, PUBCOMP; with `reason` where the client wants reasons [MQTT-3.1.2-29] and
// takes packets that large.
void append_acknowledgement(std::string& out, const Peer& peer,
                            const mqtt::Acknowledgement& acknowledgement,
                            std::string_view reason = {});

}  // namespace millrace::mqtt_receiver
