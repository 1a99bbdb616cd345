// SPDX-License-Identifier: Apache-2.0
//
// Our own publishes on their way to the client, to the end of their acknowledgement: QoS 0 leaves
// and is forgotten; QoS 1 waits for PUBACK; QoS 2 for PUBREC, then, after our PUBREL, for PUBCOMP.
// No more of the two are under way than the client's receive maximum [MQTT-3.3.4-9]; the rest waits
// here, bounded, in its order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "lib/mqtt/packet.h"
#include "lib/mqtt/packet_encoder.h"
#include "mqtt-receiver/packet_ids.h"
#include "mqtt-receiver/peer.h"

namespace millrace::mqtt_receiver {

// Of responses that wait for the client's receive maximum.
inline constexpr std::size_t kMaxWaitingResponseBytes = 1U << 20U;

class ResponseSender {
 public:
  // At most `max_unacknowledged` of QoS 1 and 2 are sent or waiting. `peer` outlives the sender.
  ResponseSender(std::size_t max_unacknowledged, const Peer& peer)
      : peer_(peer), ids_(max_unacknowledged) {}

  enum class Outcome {
    kTaken,     // sent, or waits
    kTooLarge,  // dropped: the client takes no packet of that size [MQTT-3.1.2-25]
    kTooMany,   // dropped: the client does not acknowledge
  };
  // `publish` without a packet identifier.
  Outcome send(mqtt::OutgoingPublish publish, std::string& out);

  // PUBACK, PUBREC or PUBCOMP. One that nobody waits for changes nothing.
  void acknowledged(const mqtt::Acknowledgement& acknowledgement, std::string& out);

  // Memory held for responses that wait.
  std::size_t waiting_bytes() const { return waiting_ == nullptr ? 0 : waiting_->bytes; }
  std::size_t unacknowledged() const { return ids_.in_use(); }

 private:
  struct Waiting {
    std::uint16_t packet_id = 0;
    PacketIds::Awaiting awaiting = PacketIds::Awaiting::kPuback;
    std::string packet;
  };
  struct WaitingResponses {
    std::deque<Waiting> packets;
    std::size_t bytes = 0;
  };

  void received(const mqtt::Acknowledgement& pubrec, std::string& out);
  void finish(std::uint16_t packet_id, std::string& out);

  const Peer& peer_;
  PacketIds ids_;
  std::uint32_t under_way_ = 0;                // sent and not finished
  std::unique_ptr<WaitingResponses> waiting_;  // nullptr: none
};

}  // namespace millrace::mqtt_receiver
