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
  // What a publish waits for: its receipt, under this number, or PUBREL (kAwaitingPubrel).
  using UploadId = std::uint64_t;
  static constexpr UploadId kAwaitingPubrel = 0;

  // nullopt for one that is not in use.
  std::optional<UploadId> find(std::uint16_t id) const;
  void begin(std::uint16_t id, UploadId upload_id) { in_use_[id] = upload_id; }
  // PUBREC is sent.
  void set_awaiting_pubrel(std::uint16_t id) { in_use_[id] = kAwaitingPubrel; }
  // The exchange is over.
  void end(std::uint16_t id);

  std::size_t in_use() const { return in_use_.size(); }
  // Memory held.
  std::size_t bytes() const { return in_use_.capacity() * (sizeof(Slot) + 1); }

 private:
  using Slot = absl::flat_hash_map<std::uint16_t, UploadId>::value_type;

  absl::flat_hash_map<std::uint16_t, UploadId> in_use_;
};

}  // namespace millrace::mqtt_receiver
