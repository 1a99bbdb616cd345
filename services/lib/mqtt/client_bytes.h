// SPDX-License-Identifier: Apache-2.0
//
// For tests, fuzzers and benchmarks: the bytes a client sends, right or wrong. What it reads:
// server_words.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mqtt/packet.h"
#include "lib/mqtt/packet_encoder.h"
#include "lib/mqtt/property.h"
#include "lib/mqtt/variable_byte_integer.h"

namespace millrace::mqtt::client_bytes {

inline std::string u8(std::size_t value) {
  return std::string(1, static_cast<char>(value & 0xFFU));
}

inline std::string u16(std::size_t value) {
  return u8(value >> 8U) + u8(value);
}

inline std::string u32(std::size_t value) {
  return u16(value >> 16U) + u16(value);
}

inline std::string variable_byte_integer(std::size_t value) {
  std::string bytes;
  append_variable_byte_integer(bytes, value);
  return bytes;
}

// A text, or binary data, with its length prefix.
inline std::string text(std::string_view value) {
  return u16(value.size()) + std::string(value);
}

inline std::string packet(PacketType type, std::uint8_t flags, std::string_view body) {
  std::string bytes;
  append_fixed_header(bytes, type, flags, body.size());
  return bytes.append(body);
}

// --- properties of MQTT 5, to be put one after the other ---

// In the form that `id` has.
inline std::string property(PropertyId id, std::uint32_t number) {
  const std::string prefix = u8(static_cast<std::size_t>(id));
  switch (property_form(static_cast<std::uint32_t>(id))->type) {
    case PropertyType::kByte:
      return prefix + u8(number);
    case PropertyType::kTwoByteInteger:
      return prefix + u16(number);
    case PropertyType::kFourByteInteger:
      return prefix + u32(number);
    default:
      return prefix + variable_byte_integer(number);
  }
}

inline std::string property(PropertyId id, std::string_view value) {
  return u8(static_cast<std::size_t>(id)) + text(value);
}

inline std::string user_property(std::string_view name, std::string_view value) {
  return u8(static_cast<std::size_t>(PropertyId::kUserProperty)) + text(name) + text(value);
}

// What packets of `level` have where properties stand.
inline std::string properties_of(std::uint8_t level, std::string_view properties) {
  if (level != kLevel5) return {};
  return variable_byte_integer(properties.size()) + std::string(properties);
}

// --- packets; `properties` are those of MQTT 5, without their length, and in no other level ---

struct ConnectFields {
  std::string_view protocol = "MQTT";
  std::uint8_t level = kLevel311;
  std::uint8_t flags = 0x02;  // clean session
  std::uint16_t keep_alive_s = 60;
  std::string_view client_id = "device-1";
  std::string_view after_client_id = {};  // will, user name, password: as bytes
  std::string_view properties = {};
};

inline std::string connect(const ConnectFields& fields = {}) {
  std::string body = text(fields.protocol);
  body += u8(fields.level);
  body += u8(fields.flags);
  body += u16(fields.keep_alive_s);
  body += properties_of(fields.level, fields.properties);
  body += text(fields.client_id);
  body += fields.after_client_id;
  return packet(PacketType::kConnect, 0, body);
}

// Of CONNECT, for after_client_id.
inline std::string will(std::uint8_t level, std::string_view topic, std::string_view payload,
                        std::string_view properties = {}) {
  return properties_of(level, properties) + text(topic) + text(payload);
}

struct PublishFields {
  std::uint8_t level = kLevel311;
  Qos qos = Qos::kAtMostOnce;
  std::uint16_t packet_id = 0;  // not with kAtMostOnce
  std::string_view topic = {};
  std::string_view payload = {};
  std::string_view properties = {};
  bool dup = false;
  bool retain = false;
};

inline std::string publish(const PublishFields& fields) {
  const auto flags = static_cast<std::uint8_t>((fields.dup ? 0x08U : 0U) |
                                               (static_cast<unsigned>(fields.qos) << 1U) |
                                               (fields.retain ? 0x01U : 0U));
  std::string body = text(fields.topic);
  if (fields.qos != Qos::kAtMostOnce) body += u16(fields.packet_id);
  body += properties_of(fields.level, fields.properties);
  body += fields.payload;
  return packet(PacketType::kPublish, flags, body);
}

inline std::string publish_qos_0(std::string_view topic, std::string_view payload) {
  return publish({.topic = topic, .payload = payload});
}

inline std::string publish_qos_1(std::uint16_t id, std::string_view topic,
                                 std::string_view payload) {
  return publish({.qos = Qos::kAtLeastOnce, .packet_id = id, .topic = topic, .payload = payload});
}

inline std::string publish_qos_2(std::uint16_t id, std::string_view topic,
                                 std::string_view payload) {
  return publish({.qos = Qos::kExactlyOnce, .packet_id = id, .topic = topic, .payload = payload});
}

// PUBACK, PUBREC, PUBREL and PUBCOMP that succeed, in their shortest form, which all levels have.
inline std::string acknowledgement(PacketType type, std::uint16_t id) {
  return packet(type, type == PacketType::kPubrel ? 0x02 : 0x00, u16(id));
}

// Those of MQTT 5 with a reason code and properties.
inline std::string acknowledgement(PacketType type, std::uint16_t id, ReasonCode code,
                                   std::string_view properties = {}) {
  return packet(type, type == PacketType::kPubrel ? 0x02 : 0x00,
                u16(id) + u8(static_cast<std::size_t>(code)) + properties_of(kLevel5, properties));
}

inline std::string puback(std::uint16_t id) {
  return acknowledgement(PacketType::kPuback, id);
}

inline std::string pubrec(std::uint16_t id) {
  return acknowledgement(PacketType::kPubrec, id);
}

inline std::string pubrel(std::uint16_t id) {
  return acknowledgement(PacketType::kPubrel, id);
}

inline std::string pubcomp(std::uint16_t id) {
  return acknowledgement(PacketType::kPubcomp, id);
}

inline std::string subscribe(std::uint16_t id, const std::vector<Subscription>& subscriptions,
                             std::uint8_t level = kLevel311, std::string_view properties = {}) {
  std::string body = u16(id) + properties_of(level, properties);
  for (const Subscription& subscription : subscriptions) {
    body += text(subscription.filter);
    body += u8(static_cast<std::size_t>(subscription.qos));
  }
  return packet(PacketType::kSubscribe, 0x02, body);
}

inline std::string unsubscribe(std::uint16_t id, const std::vector<std::string>& filters,
                               std::uint8_t level = kLevel311, std::string_view properties = {}) {
  std::string body = u16(id) + properties_of(level, properties);
  for (const std::string& filter : filters) body += text(filter);
  return packet(PacketType::kUnsubscribe, 0x02, body);
}

inline std::string pingreq() {
  return packet(PacketType::kPingreq, 0, "");
}

inline std::string disconnect() {
  return packet(PacketType::kDisconnect, 0, "");
}

// Of MQTT 5.
inline std::string disconnect(ReasonCode code, std::string_view properties = {}) {
  return packet(PacketType::kDisconnect, 0,
                u8(static_cast<std::size_t>(code)) + properties_of(kLevel5, properties));
}

inline std::string auth(ReasonCode code, std::string_view properties) {
  return packet(PacketType::kAuth, 0,
                u8(static_cast<std::size_t>(code)) + properties_of(kLevel5, properties));
}

}  // namespace millrace::mqtt::client_bytes
