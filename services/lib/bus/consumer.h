// SPDX-License-Identifier: Apache-2.0
//
// Pulling from DATA_SAMPLES by synchronous fetches in a loop: an asynchronous pull subscription
// goes silent for ever after a broker restart (nats.c re-sends the
// subscription, not the pull request).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"

namespace millrace::bus {

// One delivery. Exactly one of ack() and terminate() ends it; without either it comes again after
// the ack wait, to any replica. All of them are best effort: a lost one means a redelivery.
class PulledMessage {
 public:
  virtual ~PulledMessage() = default;
  virtual std::string_view payload() const = 0;
  virtual std::string_view subject() const = 0;
  // Position in the stream, from 1; the same at each delivery.
  virtual std::uint64_t stream_sequence() const = 0;
  // From 1.
  virtual std::uint64_t delivery_count() const = 0;
  virtual void ack() = 0;
  // Hand back for redelivery after `delay`.
  virtual void nak(std::chrono::milliseconds delay) = 0;
  // Never deliver again: poison.
  virtual void terminate() = 0;
  // Restart the ack wait: still at work.
  virtual void in_progress() = 0;
};

struct ConsumerOptions {
  std::chrono::milliseconds ack_wait{30000};
  std::int64_t max_ack_pending = 10000;
};

struct FetchLimits {
  int messages = 1000;
  std::int64_t bytes = 8 << 20;
  std::chrono::milliseconds wait{1000};  // for the first message
};

// For one thread.
class Consumer {
 public:
  // Makes the durable consumer `epts` (explicit acks, no limit of deliveries) when missing and
  // binds to it; n replicas share it. kUnavailable while the server or the stream is away.
  static absl::StatusOr<std::unique_ptr<Consumer>> create(Connection& connection,
                                                          ConsumerOptions options,
                                                          process::Platform& platform);
  virtual ~Consumer() = default;

  // Empty when nothing came within limits.wait. kUnavailable: server away, or the consumer or
  // stream is gone: back off and create() again.
  virtual absl::StatusOr<std::vector<std::unique_ptr<PulledMessage>>> fetch(
      const FetchLimits& limits) = 0;
  // Messages not yet delivered to anybody, as of the last call that could ask the server.
  virtual absl::StatusOr<std::uint64_t> backlog_messages() = 0;
};

}  // namespace millrace::bus
