// SPDX-License-Identifier: Apache-2.0
//
// The control packets of MQTT 3.1, 3.1.1 and 5 as plain values: those that a server receives, and
// (below) those that it sends. Texts of received ones are views into the decoder's input and live
// as long as PacketDecoder::next() says. Properties of MQTT 5 stand as fields of their packets,
// with the value that their absence means; in earlier levels they are always absent. Properties
// that nothing here makes use of are checked for form and dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/mqtt/reason_code.h"

namespace millrace::mqtt {

enum class Qos : std::uint8_t { kAtMostOnce = 0, kAtLeastOnce = 1, kExactlyOnce = 2 };

// Bits 7-4 of the first byte (MQTT 3.1.1, table 2.1; MQTT 5, table 2-1).
enum class PacketType : std::uint8_t {
  kConnect = 1,
  kConnack = 2,
  kPublish = 3,
  kPuback = 4,
  kPubrec = 5,
  kPubrel = 6,
  kPubcomp = 7,
  kSubscribe = 8,
  kSuback = 9,
  kUnsubscribe = 10,
  kUnsuback = 11,
  kPingreq = 12,
  kPingresp = 13,
  kDisconnect = 14,
  kAuth = 15,  // MQTT 5 only
};

// The protocol levels of CONNECT that are spoken here.
inline constexpr std::uint8_t kLevel31 = 3;   // "MQIsdp"
inline constexpr std::uint8_t kLevel311 = 4;  // "MQTT"
inline constexpr std::uint8_t kLevel5 = 5;    // "MQTT"

// What a two-byte length prefix can carry [MQTT-1.5.3].
inline constexpr std::size_t kMaxTextBytes = 65'535;

struct Will {
  std::string_view topic;
  std::string_view payload;
  Qos qos = Qos::kAtMostOnce;
  bool retain = false;
  std::uint32_t delay_s = 0;
};

struct Connect {
  // False: the protocol's name is MQTT's, its level is not spoken here; `level` is what was asked
  // for, no other field is set.
  bool level_supported = true;
  std::uint8_t level = kLevel311;
  bool clean_session = true;       // of MQTT 5: clean start
  std::uint16_t keep_alive_s = 0;  // 0: off
  std::string_view client_id = {};
  std::optional<Will> will = std::nullopt;
  std::optional<std::string_view> user_name = std::nullopt;
  std::optional<std::string_view> password = std::nullopt;
  // Properties.
  std::uint32_t session_expiry_s = 0;
  std::uint16_t receive_maximum = 65'535;  // not 0
  std::optional<std::uint32_t> maximum_packet_bytes =
      std::nullopt;                       // not 0; the client takes no larger packet
  std::uint16_t topic_alias_maximum = 0;  // of topics we send
  bool request_response_information = false;
  bool request_problem_information = true;
  std::optional<std::string_view> authentication_method = std::nullopt;
};

struct Publish {
  bool dup = false;
  bool retain = false;
  Qos qos = Qos::kAtMostOnce;
  std::uint16_t packet_id = 0;  // 0 with kAtMostOnce
  // Resolved: where the packet has an alias only, the topic the alias stands for.
  std::string_view topic;
  std::string_view payload;
  // Not 0: the packet was over the size limit, its payload of so many bytes was skipped as it
  // arrived, and `payload` is empty.
  std::size_t skipped_bytes = 0;
  // Properties.
  bool payload_is_text = false;  // payload format indicator 1; whether it is true is not checked
  std::string_view response_topic = {};
  std::optional<std::string_view> correlation_data = std::nullopt;
  // Of the user property "traceparent" (W3C Trace Context), the first one; empty: none.
  std::string_view traceparent = {};
};

// PUBACK, PUBREC, PUBREL and PUBCOMP.
struct Acknowledgement {
  PacketType type = PacketType::kPuback;
  std::uint16_t packet_id = 0;
  ReasonCode reason_code = ReasonCode::kSuccess;
};

struct Subscription {
  std::string_view filter;
  Qos qos = Qos::kAtMostOnce;
};

struct Subscribe {
  std::uint16_t packet_id = 0;
  std::vector<Subscription> subscriptions;  // at least one
  bool has_subscription_identifier = false;
};

struct Unsubscribe {
  std::uint16_t packet_id = 0;
  std::vector<std::string_view> filters = {};  // at least one
};

struct Pingreq {};

struct Disconnect {
  ReasonCode reason_code = ReasonCode::kSuccess;
  std::optional<std::uint32_t> session_expiry_s = std::nullopt;
};

struct Auth {
  ReasonCode reason_code = ReasonCode::kSuccess;
};

}  // namespace millrace::mqtt
