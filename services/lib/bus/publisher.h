// SPDX-License-Identifier: Apache-2.0
//
// Publishing to JetStream with an acknowledgement for each message and a message id, so that a
// repeated publish is stored once. (nats.c's own asynchronous publish never repeats: after a broker
// restart its callers wait for acknowledgements that will not come.)
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <absl/status/status.h>

#include "lib/bus/connection.h"

namespace millrace::bus {

struct PublisherOptions {
  // No acknowledgement for so long: the same message, with the same id, is sent again.
  std::chrono::milliseconds retry_after{2000};
  // Then the publish fails with kDeadlineExceeded. Must be shorter than the stream's duplicate
  // window.
  std::chrono::milliseconds deadline{20000};
  // Further publishes are refused with kResourceExhausted.
  std::size_t max_in_flight = 1000;
};

// Safe to use from any thread.
class Publisher {
 public:
  // OK: in the stream. kResourceExhausted: the stream is full; kUnavailable, kDeadlineExceeded: no
  // acknowledgement in time; with error::has_unknown_outcome() the message may be in the stream
  // nevertheless. Runs on a bus thread, exactly once, and must not block.
  using Done = std::function<void(const absl::Status&)>;

  static absl::StatusOr<std::unique_ptr<Publisher>> create(Connection& connection,
                                                           PublisherOptions options,
                                                           process::Platform& platform);
  // Fails what is in flight with kCancelled. Before its connection, and not inside a Done.
  virtual ~Publisher() = default;

  // A refusal is returned and `done` never runs; otherwise `done` runs later, never inside this
  // call. `trace`: goes into the message's header `traceparent`, and stays with it in the stream.
  virtual absl::Status publish(const std::string& subject, std::string payload,
                               const std::optional<trace::TraceContext>& trace, Done done) = 0;
  absl::Status publish(const std::string& subject, std::string payload, Done done) {
    return publish(subject, std::move(payload), std::nullopt, std::move(done));
  }
  // With a message id of the caller's: of messages with one id the stream keeps the first, as long
  // as its duplicate window, whoever sent it.
  virtual absl::Status publish_as(std::string message_id, const std::string& subject,
                                  std::string payload, Done done) = 0;
  virtual std::size_t in_flight() const = 0;
};

}  // namespace millrace::bus
