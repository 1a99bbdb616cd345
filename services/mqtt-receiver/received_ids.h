// SPDX-License-Identifier: Apache-2.0
//
// The packet identifiers of the client's QoS 2 publishes, each from PUBLISH to PUBREL: while one is
// here, a PUBLISH with it is a repetition and must not be stored again [MQTT-4.3.3-2] (of MQTT 5:
// [MQTT-4.3.3-10]).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <absl/container/flat_hash_map.h>

namespace millrace::mqtt_receiver {

class ReceivedIds {
 public:
  enum class State : std::uint8_t {
    kInFlight,        // no PUBREC yet
    kAwaitingPubrel,  // PUBREC sent
  };

  // nullopt for one that is not in use.
  std::optional<State> find(std::uint16_t id) const;
  void begin(std::uint16_t id) { in_use_[id] = {}; }
  // Came again while in flight: one PUBREC more will be due.
  void repeat(std::uint16_t id) { ++in_use_[id].repetitions; }
  // PUBREC is due now. Returns how many.
  std::size_t set_awaiting_pubrel(std::uint16_t id);
  // The exchange is over. Returns how many PUBRECs are due, if it was in flight.
  std::size_t end(std::uint16_t id);

  std::size_t in_use() const { return in_use_.size(); }
  // Memory held.
  std::size_t bytes() const { return in_use_.capacity() * (sizeof(Slot) + 1); }

 private:
  struct Exchange {
    State state = State::kInFlight;
    std::uint32_t repetitions = 0;  // with kInFlight
  };
  using Slot = absl::flat_hash_map<std::uint16_t, Exchange>::value_type;

  absl::flat_hash_map<std::uint16_t, Exchange> in_use_;
};

}  // namespace millrace::mqtt_receiver
