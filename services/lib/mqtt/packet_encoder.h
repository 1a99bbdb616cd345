// SPDX-License-Identifier: Apache-2.0
//
// The packets a server sends, appended to the bytes that wait for the socket: many small answers
// leave in one system call. `level` is that of the connection's CONNECT; what MQTT 3.1 and 3.1.1
// have no room for (reason codes of acknowledgements, reason strings, properties) is left out
// there.
//
// `max_packet_bytes` is what the client takes [MQTT-3.1.2-24]: a reason string that would not fit
// is left out ([MQTT-3.2.2-19], [MQTT-3.4.2-2], ...); where the packet does not fit without it
// either, nothing is appended and false returned. Reason strings end after kMaxReasonStringBytes
// at the latest; one that is no UTF-8, or has U+0000, is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mqtt/packet.h"
#include "lib/mqtt/reason_code.h"

namespace millrace::mqtt {

inline constexpr std::size_t kNoPacketLimit = std::numeric_limits<std::size_t>::max();

inline constexpr std::size_t kMaxReasonStringBytes = 1024;

// Session present is always 0: no session outlives its connection [MQTT-3.2.2-3].
struct Connack {
  // 3.1 and 3.1.1: the return code it corresponds to (section 3.2.2.3), 0x03 where there is none.
  ReasonCode reason_code = ReasonCode::kSuccess;
  std::string_view reason_string = {};  // empty: none
  // Properties, of an accepted CONNECT. Absent, or empty: as MQTT 5 says.
  std::optional<std::uint32_t> session_expiry_s = std::nullopt;
  std::optional<std::uint16_t> receive_maximum = std::nullopt;
  std::optional<Qos> maximum_qos = std::nullopt;  // kExactlyOnce must not be sent
  std::optional<bool> retain_available = std::nullopt;
  std::optional<std::uint32_t> maximum_packet_bytes = std::nullopt;
  std::string_view assigned_client_id = {};  // empty: none
  std::uint16_t topic_alias_maximum = 0;     // 0: the client may use none
  std::optional<bool> wildcard_subscription_available = std::nullopt;
  std::optional<bool> subscription_identifier_available = std::nullopt;
  std::optional<bool> shared_subscription_available = std::nullopt;
  std::optional<std::uint16_t> server_keep_alive_s = std::nullopt;
  std::string_view response_information = {};  // empty: none
};

// A response of ours. DUP and RETAIN are never set.
struct OutgoingPublish {
  std::string_view topic = {};
  std::string_view topic_suffix = {};  // follows `topic` without a separator of its own
  std::string_view payload = {};
  Qos qos = Qos::kAtMostOnce;
  std::uint16_t packet_id = 0;  // not with kAtMostOnce
  // Properties.
  std::optional<std::string_view> correlation_data = std::nullopt;
  bool payload_is_text = false;
};

bool append_connack(std::string& out, std::uint8_t level, const Connack& connack,
                    std::size_t max_packet_bytes = kNoPacketLimit);
// PUBACK, PUBREC, PUBREL, PUBCOMP. `reason_string`: empty: none.
bool append_acknowledgement(std::string& out, std::uint8_t level,
                            const Acknowledgement& acknowledgement,
                            std::string_view reason_string = {},
                            std::size_t max_packet_bytes = kNoPacketLimit);
// One code a filter. 3.1 and 3.1.1: 0x80 for every refusal.
bool append_suback(std::string& out, std::uint8_t level, std::uint16_t packet_id,
                   const std::vector<ReasonCode>& codes,
                   std::size_t max_packet_bytes = kNoPacketLimit);
// The codes are MQTT 5's; earlier levels have none.
bool append_unsuback(std::string& out, std::uint8_t level, std::uint16_t packet_id,
                     const std::vector<ReasonCode>& codes,
                     std::size_t max_packet_bytes = kNoPacketLimit);
void append_pingresp(std::string& out);
// Topic and suffix together, and the correlation data, must be at most kMaxTextBytes. Whether it
// fits is to be asked before: publish_bytes().
void append_publish(std::string& out, std::uint8_t level, const OutgoingPublish& publish);
// MQTT 5 only: servers of earlier levels do not say why they leave.
bool append_disconnect(std::string& out, ReasonCode reason_code,
                       std::string_view reason_string = {},
                       std::size_t max_packet_bytes = kNoPacketLimit);

// The bytes append_publish() would add. Builds nothing.
std::size_t publish_bytes(std::uint8_t level, const OutgoingPublish& publish);

// The fixed header: type, flags and the remaining length in one to four bytes.
void append_fixed_header(std::string& out, PacketType type, std::uint8_t flags,
                         std::size_t remaining_length);

}  // namespace millrace::mqtt
