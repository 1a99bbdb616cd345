// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/packet_encoder.h"

namespace millrace::mqtt_receiver {

namespace {

void append_byte(std::string& out, std::size_t value) {
  out.push_back(static_cast<char>(value & 0xFFU));
}

void append_u16(std::string& out, std::size_t value) {
  append_byte(out, value >> 8U);
  append_byte(out, value);
}

}  // namespace

void append_fixed_header(std::string& out, PacketType type, std::uint8_t flags,
                         std::size_t remaining_length) {
  append_byte(out, (static_cast<std::size_t>(type) << 4U) | flags);
  // Section 2.2.3: seven bits a byte, the lowest first, the top bit says that more follow.
  do {
    const std::size_t low = remaining_length & 0x7FU;
    remaining_length >>= 7U;
    append_byte(out, remaining_length > 0 ? low | 0x80U : low);
  } while (remaining_length > 0);
}

void append_connack(std::string& out, ConnectCode code) {
  append_fixed_header(out, PacketType::kConnack, 0, 2);
  append_byte(out, 0);
  append_byte(out, static_cast<std::size_t>(code));
}

void append_puback(std::string& out, std::uint16_t packet_id) {
  append_fixed_header(out, PacketType::kPuback, 0, 2);
  append_u16(out, packet_id);
}

void append_suback(std::string& out, std::uint16_t packet_id,
                   const std::vector<SubscribeCode>& codes) {
  append_fixed_header(out, PacketType::kSuback, 0, 2 + codes.size());
  append_u16(out, packet_id);
  for (const SubscribeCode code : codes) append_byte(out, static_cast<std::size_t>(code));
}

void append_unsuback(std::string& out, std::uint16_t packet_id) {
  append_fixed_header(out, PacketType::kUnsuback, 0, 2);
  append_u16(out, packet_id);
}

void append_pingresp(std::string& out) {
  append_fixed_header(out, PacketType::kPingresp, 0, 0);
}

void append_publish(std::string& out, const OutgoingPublish& publish) {
  const std::size_t topic_bytes = publish.topic.size() + publish.topic_suffix.size();
  const bool has_packet_id = publish.qos != Qos::kAtMostOnce;
  const std::uint8_t flags =
      static_cast<std::uint8_t>(static_cast<std::uint8_t>(publish.qos) << 1U);
  append_fixed_header(out, PacketType::kPublish, flags,
                      2 + topic_bytes + (has_packet_id ? 2 : 0) + publish.payload.size());
  append_u16(out, topic_bytes);
  out.append(publish.topic).append(publish.topic_suffix);
  if (has_packet_id) append_u16(out, publish.packet_id);
  out.append(publish.payload);
}

}  // namespace millrace::mqtt_receiver
