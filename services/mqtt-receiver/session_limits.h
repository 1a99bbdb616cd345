// SPDX-License-Identifier: Apache-2.0
//
// What one session may take and how long it may take; the same for all sessions of the process.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "lib/mqtt/packet_decoder.h"
#include "mqtt-receiver/upload_window.h"

namespace millrace::mqtt_receiver {

struct SessionLimits {
  mqtt::DecoderLimits decoder = {};
  // UploadLimits::max_uploads is the receive maximum that MQTT 5 clients are told.
  UploadLimits uploads = {};
  // QoS 2 publishes between PUBREC and PUBREL, for clients that know no receive maximum.
  std::size_t max_unreleased_publishes = 16'384;
  // Responses of QoS 1 and 2 sent and not acknowledged by the device; more end the connection.
  std::size_t max_unacknowledged_responses = 16'384;
  // On average, with as many at once after a pause of a second; 0: no bound.
  std::uint32_t max_publishes_per_second = 0;
  // MQTT 5 only: a longer keep alive, or none, becomes this one; 0: the client's stands.
  std::chrono::seconds max_keep_alive{0};
  // From the connection's beginning to the answer to CONNECT.
  std::chrono::milliseconds connect_timeout{10'000};
  // From the first byte of a packet to its last.
  std::chrono::milliseconds packet_timeout{60'000};
};

// MQTT asks for 23 characters at least [MQTT-3.1.3-5]; each is held while connected.
inline constexpr std::size_t kMaxClientIdBytes = 1024;

// Of a topic of an upload; a longer one is answered as an unknown one is.
inline constexpr std::size_t kMaxUploadTopicBytes = 1024;
inline constexpr std::size_t kMaxUploadTopicLevels = 16;

}  // namespace millrace::mqtt_receiver
