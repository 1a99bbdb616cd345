// SPDX-License-Identifier: Apache-2.0
//
// The packet identifiers of our own QoS 1 and 2 publishes: in use from the moment they are given to
// the client's PUBACK or PUBCOMP [MQTT-2.3.1-4], each with what it waits for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <absl/container/flat_hash_map.h>

namespace millrace::mqtt_receiver {

class PacketIds {
 public:
  enum class Awaiting : std::uint8_t { kSending, kPuback, kPubrec, kPubcomp };

  // At most `max_in_use` (below 65,535) are given out at a time.
  explicit PacketIds(std::size_t max_in_use) : max_in_use_(max_in_use) {}

  // An identifier that is not in use, never 0 [MQTT-2.3.1-1]; nullopt when too many are.
  std::optional<std::uint16_t> take(Awaiting awaiting);
  // What an identifier waits for; nullptr for one that is not in use. Valid until the next call.
  Awaiting* find(std::uint16_t id);
  // False for one that is not in use.
  bool release(std::uint16_t id);

  std::size_t in_use() const { return in_use_.size(); }

 private:
  const std::size_t max_in_use_;
  std::uint16_t last_ = 0;
  absl::flat_hash_map<std::uint16_t, Awaiting> in_use_;
};

}  // namespace millrace::mqtt_receiver
