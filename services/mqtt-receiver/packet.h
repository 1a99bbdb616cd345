// SPDX-License-Identifier: Apache-2.0
//
// The control packets of MQTT 3.1 and 3.1.1 that a server receives, as plain values. Texts are
// views into the decoder's input and live as long as PacketDecoder::next() says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace::mqtt_receiver {

enum class Qos : std::uint8_t { kAtMostOnce = 0, kAtLeastOnce = 1, kExactlyOnce = 2 };

// Bits 7-4 of the first byte (MQTT 3.1.1, table 2.1).
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
};

// The protocol levels of CONNECT that are spoken here.
inline constexpr std::uint8_t kLevel31 = 3;   // "MQIsdp"
inline constexpr std::uint8_t kLevel311 = 4;  // "MQTT"

// What a two-byte length prefix can carry [MQTT-1.5.3].
inline constexpr std::size_t kMaxTextBytes = 65'535;

struct Connect {
  // False: the protocol's name is MQTT's, its level is not spoken here; no other field is set.
  bool level_supported = true;
  std::uint8_t level = kLevel311;
  bool clean_session = true;
  std::uint16_t keep_alive_s = 0;  // 0: off
  std::string_view client_id = {};
  // Will, user name and password are checked for form and otherwise ignored.
};

struct Publish {
  bool dup = false;
  Qos qos = Qos::kAtMostOnce;
  std::uint16_t packet_id = 0;  // 0 with kAtMostOnce
  std::string_view topic;
  std::string_view payload;
  // Not 0: the packet was over the size limit, its payload of so many bytes was skipped as it
  // arrived, and `payload` is empty.
  std::size_t skipped_bytes = 0;
};

struct Puback {
  std::uint16_t packet_id = 0;
};

struct Subscription {
  std::string_view filter;
  Qos qos = Qos::kAtMostOnce;
};

struct Subscribe {
  std::uint16_t packet_id = 0;
  std::vector<Subscription> subscriptions;  // at least one
};

struct Unsubscribe {
  std::uint16_t packet_id = 0;
};

struct Pingreq {};
struct Disconnect {};

}  // namespace millrace::mqtt_receiver
