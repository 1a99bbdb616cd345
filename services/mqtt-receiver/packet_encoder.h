// SPDX-License-Identifier: Apache-2.0
//
// The packets a server sends, appended to the bytes that wait for the socket: many small answers
// leave in one system call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-receiver/packet.h"
#include "mqtt-receiver/reason_code.h"

namespace millrace::mqtt_receiver {

// A response of ours. DUP and RETAIN are never set.
struct OutgoingPublish {
  std::string_view topic = {};
  std::string_view topic_suffix = {};  // follows `topic` without a separator of its own
  std::string_view payload = {};
  Qos qos = Qos::kAtMostOnce;
  std::uint16_t packet_id = 0;  // kAtLeastOnce only
};

// Session present is always 0: no session outlives its connection [MQTT-3.2.2-3].
void append_connack(std::string& out, ConnectCode code);
void append_puback(std::string& out, std::uint16_t packet_id);
void append_suback(std::string& out, std::uint16_t packet_id,
                   const std::vector<SubscribeCode>& codes);
void append_unsuback(std::string& out, std::uint16_t packet_id);
void append_pingresp(std::string& out);
// Topic and suffix together must be at most kMaxTextBytes.
void append_publish(std::string& out, const OutgoingPublish& publish);

// The fixed header: type, flags and the remaining length in one to four bytes.
void append_fixed_header(std::string& out, PacketType type, std::uint8_t flags,
                         std::size_t remaining_length);

}  // namespace millrace::mqtt_receiver
