// SPDX-License-Identifier: Apache-2.0
//
// For tests, fuzzers and benchmarks: the bytes a client sends, and what it reads out of ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "lib/mqtt/packet.h"
#include "lib/mqtt/packet_encoder.h"

namespace millrace::mqtt::client_bytes {

inline std::string u16(std::size_t value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xFFU)};
}

// A text with its length prefix.
inline std::string text(std::string_view value) {
  return u16(value.size()) + std::string(value);
}

inline std::string packet(PacketType type, std::uint8_t flags, std::string_view body) {
  std::string bytes;
  append_fixed_header(bytes, type, flags, body.size());
  return bytes.append(body);
}

struct ConnectFields {
  std::string_view protocol = "MQTT";
  std::uint8_t level = kLevel311;
  std::uint8_t flags = 0x02;  // clean session
  std::uint16_t keep_alive_s = 60;
  std::string_view client_id = "device-1";
  std::string_view after_client_id = {};  // will, user name, password: as bytes
};

inline std::string connect(const ConnectFields& fields = {}) {
  std::string body = text(fields.protocol);
  body.push_back(static_cast<char>(fields.level));
  body.push_back(static_cast<char>(fields.flags));
  body += u16(fields.keep_alive_s);
  body += text(fields.client_id);
  body += fields.after_client_id;
  return packet(PacketType::kConnect, 0, body);
}

inline std::string publish_qos_0(std::string_view topic, std::string_view payload) {
  return packet(PacketType::kPublish, 0x00, text(topic) + std::string(payload));
}

inline std::string publish_qos_1(std::uint16_t id, std::string_view topic,
                                 std::string_view payload) {
  return packet(PacketType::kPublish, 0x02, text(topic) + u16(id) + std::string(payload));
}

inline std::string puback(std::uint16_t id) {
  return packet(PacketType::kPuback, 0, u16(id));
}

inline std::string subscribe(std::uint16_t id, const std::vector<Subscription>& subscriptions) {
  std::string body = u16(id);
  for (const Subscription& subscription : subscriptions) {
    body += text(subscription.filter);
    body.push_back(static_cast<char>(subscription.qos));
  }
  return packet(PacketType::kSubscribe, 0x02, body);
}

inline std::string unsubscribe(std::uint16_t id, const std::vector<std::string>& filters) {
  std::string body = u16(id);
  for (const std::string& filter : filters) body += text(filter);
  return packet(PacketType::kUnsubscribe, 0x02, body);
}

inline std::string pingreq() {
  return packet(PacketType::kPingreq, 0, "");
}

inline std::string disconnect() {
  return packet(PacketType::kDisconnect, 0, "");
}

// Takes one packet off `bytes` and says it in words: "CONNACK 0", "PUBACK 7", "SUBACK 3 1,128",
// "UNSUBACK 4", "PINGRESP", "PUBLISH q1 id=1 a/status {…}". "" when there is no whole packet.
inline std::string take_packet(std::string& bytes) {
  if (bytes.size() < 2) return "";
  std::size_t length = 0;
  std::size_t header = 1;
  for (unsigned shift = 0;; shift += 7) {
    if (header >= bytes.size()) return "";
    const auto byte = static_cast<std::uint8_t>(bytes[header++]);
    length |= static_cast<std::size_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) break;
  }
  if (bytes.size() < header + length) return "";
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const std::string body = bytes.substr(header, length);
  bytes.erase(0, header + length);
  const auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(body.at(i)); };
  const auto u16_at = [&](std::size_t i) { return byte_at(i) * 256U + byte_at(i + 1); };
  switch (static_cast<PacketType>(first >> 4U)) {
    case PacketType::kConnack:
      return fmt::format("CONNACK {}", byte_at(1)) + (byte_at(0) != 0 ? " session present" : "");
    case PacketType::kPuback:
      return fmt::format("PUBACK {}", u16_at(0));
    case PacketType::kUnsuback:
      return fmt::format("UNSUBACK {}", u16_at(0));
    case PacketType::kPingresp:
      return "PINGRESP";
    case PacketType::kSuback: {
      std::string codes;
      for (std::size_t i = 2; i < body.size(); ++i) {
        codes += fmt::format("{}{}", i > 2 ? "," : "", byte_at(i));
      }
      return fmt::format("SUBACK {} {}", u16_at(0), codes);
    }
    case PacketType::kPublish: {
      const std::size_t topic_bytes = u16_at(0);
      const unsigned qos = (first >> 1U) & 0x03U;
      std::string words = fmt::format("PUBLISH q{}", qos);
      std::size_t at = 2 + topic_bytes;
      if (qos > 0) {
        words += fmt::format(" id={}", u16_at(at));
        at += 2;
      }
      words += " " + body.substr(2, topic_bytes);
      return at < body.size() ? words + " " + body.substr(at) : words;
    }
    default:
      return fmt::format("unexpected packet type {}", first >> 4U);
  }
}

// Every whole packet of `bytes`, in words.
inline std::vector<std::string> packets_in(std::string bytes) {
  std::vector<std::string> packets;
  for (std::string words = take_packet(bytes); !words.empty(); words = take_packet(bytes)) {
    packets.push_back(words);
  }
  if (!bytes.empty()) packets.push_back(fmt::format("{} stray bytes", bytes.size()));
  return packets;
}

}  // namespace millrace::mqtt::client_bytes
