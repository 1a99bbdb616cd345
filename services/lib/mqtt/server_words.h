// SPDX-License-Identifier: Apache-2.0
//
// For tests and fuzzers: what a client reads out of a server's bytes, each packet in words.
//
//   CONNACK 0 receive-maximum=64        PUBLISH q1 id=1 a/status correlation-data=x {…}
//   PUBACK 7    PUBREC 7 0x87 reason-string=why    PUBREL 7    PUBCOMP 7
//   SUBACK 3 1,128    UNSUBACK 4 (of MQTT 5: UNSUBACK 4 0,17)    PINGRESP    DISCONNECT 0x8d
//
// Reads strictly: anything that no server may send becomes "unexpected …".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "lib/mqtt/field_reader.h"
#include "lib/mqtt/packet.h"
#include "lib/mqtt/property.h"
#include "lib/mqtt/variable_byte_integer.h"

namespace millrace::mqtt::client_bytes {

// The properties of a packet, each with a space before it; no bytes: none.
inline std::string property_words(FieldReader& fields) {
  if (fields.at_end()) return {};
  PropertySet all;
  for (std::uint32_t id = 0; id < 64; ++id) {
    if (property_form(id) != nullptr) all.add(static_cast<PropertyId>(id));
  }
  std::string words;
  read_properties(fields, all, [&](const Property& property) {
    const PropertyForm& form = *property_form(static_cast<std::uint32_t>(property.id));
    words += fmt::format(" {}=", form.name);
    if (form.type < PropertyType::kText) {
      words += fmt::format("{}", property.number);
    } else if (form.type == PropertyType::kTextPair) {
      words += fmt::format("{}:{}", property.pair_name, property.text);
    } else {
      words += property.text;
    }
  });
  return words;
}

// The reason code unless it is a success without properties, and the properties.
inline std::string reason_words(FieldReader& fields) {
  if (fields.at_end()) return {};
  const unsigned code = fields.u8();
  const std::string properties = property_words(fields);
  return code == 0 && properties.empty() ? "" : fmt::format(" 0x{:02x}{}", code, properties);
}

inline std::string acknowledgement_words(std::string_view name, FieldReader& fields) {
  const unsigned id = fields.packet_id();
  return fmt::format("{} {}{}", name, id, reason_words(fields));
}

inline std::string connack_words(FieldReader& fields) {
  const bool session_present = fields.u8() != 0;
  std::string words = fmt::format("CONNACK {}", fields.u8());
  if (session_present) words += " session present";
  return words + property_words(fields);
}

inline std::string code_words(std::string_view name, std::uint8_t level, FieldReader& fields) {
  std::string words = fmt::format("{} {}", name, fields.packet_id());
  if (level == kLevel5) words += property_words(fields);
  for (char separator = ' '; !fields.at_end() && !fields.fault(); separator = ',') {
    words += fmt::format("{}{}", separator, fields.u8());
  }
  return words;
}

inline std::string publish_words(std::uint8_t level, unsigned flags, FieldReader& fields) {
  const unsigned qos = (flags >> 1U) & 0x03U;
  const std::string_view topic = fields.text();
  std::string words = fmt::format("PUBLISH q{}", qos);
  if (qos > 0) words += fmt::format(" id={}", fields.packet_id());
  words += fmt::format(" {}", topic);
  if (level == kLevel5) words += property_words(fields);
  const std::string_view payload = fields.take(fields.rest().size());
  return payload.empty() ? words : fmt::format("{} {}", words, payload);
}

inline std::string packet_words(std::uint8_t level, unsigned first_byte, FieldReader& fields) {
  switch (static_cast<PacketType>(first_byte >> 4U)) {
    case PacketType::kConnack:
      return connack_words(fields);
    case PacketType::kPublish:
      return publish_words(level, first_byte & 0x0FU, fields);
    case PacketType::kPuback:
      return acknowledgement_words("PUBACK", fields);
    case PacketType::kPubrec:
      return acknowledgement_words("PUBREC", fields);
    case PacketType::kPubrel:
      if ((first_byte & 0x0FU) != 0x02U) return "unexpected flags of PUBREL";
      return acknowledgement_words("PUBREL", fields);
    case PacketType::kPubcomp:
      return acknowledgement_words("PUBCOMP", fields);
    case PacketType::kSuback:
      return code_words("SUBACK", level, fields);
    case PacketType::kUnsuback:
      return code_words("UNSUBACK", level, fields);
    case PacketType::kPingresp:
      return "PINGRESP";
    case PacketType::kDisconnect:
      return "DISCONNECT" + reason_words(fields);
    default:
      return fmt::format("unexpected packet type {}", first_byte >> 4U);
  }
}

// Takes one packet off `bytes` and says it in words; "" when there is no whole packet.
inline std::string take_packet(std::string& bytes, std::uint8_t level = kLevel311) {
  if (bytes.empty()) return "";
  const auto length = read_variable_byte_integer(std::string_view(bytes).substr(1));
  if (length.state != VariableByteInteger::State::kWhole) return "";
  const std::size_t header_bytes = 1 + length.bytes;
  if (bytes.size() < header_bytes + length.value) return "";
  const std::string body = bytes.substr(header_bytes, length.value);
  const auto first_byte = static_cast<std::uint8_t>(bytes[0]);
  bytes.erase(0, header_bytes + length.value);
  FieldReader fields(body);
  std::string words = packet_words(level, first_byte, fields);
  if (!fields.finish()) return words;
  return fmt::format("unexpected bytes ({}) in {}", name(*fields.fault()), words);
}

// Every whole packet of `bytes`, in words.
inline std::vector<std::string> packets_in(std::string bytes, std::uint8_t level = kLevel311) {
  std::vector<std::string> packets;
  for (std::string words = take_packet(bytes, level); !words.empty();
       words = take_packet(bytes, level)) {
    packets.push_back(words);
  }
  if (!bytes.empty()) packets.push_back(fmt::format("{} stray bytes", bytes.size()));
  return packets;
}

}  // namespace millrace::mqtt::client_bytes
