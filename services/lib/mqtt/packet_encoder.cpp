// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/packet_encoder.h"

#include <algorithm>

namespace millrace::mqtt {

namespace {

void append_byte(std::string& out, std::size_t value) {
  out.push_back(static_cast<char>(value & 0xFFU));
}

void append_u16(std::string& out, std::size_t value) {
  append_byte(out, value >> 8U);
  append_byte(out, value);
}

// Of CONNACK, in MQTT 3.1 and 3.1.1 (table 3.1).
std::size_t return_code(std::uint8_t /*level*/, ReasonCode code) {
  switch (code) {
    case ReasonCode::kSuccess:
      return 0x00;
    case ReasonCode::kUnsupportedProtocolVersion:
      return 0x01;
    case ReasonCode::kClientIdentifierNotValid:
      return 0x02;
    case ReasonCode::kBadUserNameOrPassword:
      return 0x04;
    case ReasonCode::kNotAuthorized:
      return 0x05;
    default:
      return 0x03;
  }
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

void append_connack(std::string& out, std::uint8_t level, const Connack& connack) {
  append_fixed_header(out, PacketType::kConnack, 0, 2);
  append_byte(out, 0);
  append_byte(out, return_code(level, connack.reason_code));
}

void append_acknowledgement(std::string& out, std::uint8_t /*level*/,
                            const Acknowledgement& acknowledgement,
                            std::string_view /*reason_string*/) {
  // [MQTT-3.6.1-1]: PUBREL has bit 1 set.
  append_fixed_header(out, acknowledgement.type,
                      acknowledgement.type == PacketType::kPubrel ? 0x02 : 0x00, 2);
  append_u16(out, acknowledgement.packet_id);
}

void append_suback(std::string& out, std::uint8_t /*level*/, std::uint16_t packet_id,
                   const std::vector<ReasonCode>& codes) {
  append_fixed_header(out, PacketType::kSuback, 0, 2 + codes.size());
  append_u16(out, packet_id);
  for (const ReasonCode code : codes) {
    append_byte(out, std::min(static_cast<std::size_t>(code), std::size_t{0x80}));
  }
}

void append_unsuback(std::string& out, std::uint8_t /*level*/, std::uint16_t packet_id,
                     const std::vector<ReasonCode>& /*codes*/) {
  append_fixed_header(out, PacketType::kUnsuback, 0, 2);
  append_u16(out, packet_id);
}

void append_pingresp(std::string& out) {
  append_fixed_header(out, PacketType::kPingresp, 0, 0);
}

std::size_t publish_bytes(std::uint8_t level, const OutgoingPublish& publish) {
  std::string out;
  append_publish(out, level, publish);
  return out.size();
}

void append_publish(std::string& out, std::uint8_t /*level*/, const OutgoingPublish& publish) {
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

void append_disconnect(std::string& out, ReasonCode reason_code,
                       std::string_view /*reason_string*/) {
  append_fixed_header(out, PacketType::kDisconnect, 0, 1);
  append_byte(out, static_cast<std::size_t>(reason_code));
}

}  // namespace millrace::mqtt
