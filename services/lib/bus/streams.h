// SPDX-License-Identifier: Apache-2.0
//
// The JetStream stream the suite needs: made when missing, compared when there, asked what it
// holds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/time/clock.h"

namespace millrace::bus {

inline constexpr char kDataSamplesStream[] = "DATA_SAMPLES";
inline constexpr char kEptsConsumer[] = "epts";

struct StreamOptions {
  std::int64_t max_bytes = std::int64_t{8}
                           << 30;  // full: publishes are refused (discard new), never dropped
  std::int64_t replicas = 1;
  // Within it a repeated message id is stored once; longer than any publisher keeps trying.
  std::chrono::milliseconds duplicate_window = std::chrono::minutes{2};
  // Whose data points the stream collects beside samples, by names of their subjects. Nothing: it
  // is another service's to say.
  std::optional<std::vector<std::string>> data_points_transmitters = std::nullopt;
};

// Makes DATA_SAMPLES (file storage, work-queue retention, discard new) or brings max_bytes and the
// duplicate window of the one that exists in line, waiting while JetStream is away.
// kFailedPrecondition: a stream of this name exists with another retention or foreign subjects.
// kCancelled: `stop`.
absl::Status ensure_data_samples_stream(Connection& connection, const StreamOptions& options,
                                        process::Platform& platform, std::stop_token stop);

// What DATA_SAMPLES holds. It is a work queue: all of it waits for epts or is at work there.
struct StreamState {
  std::int64_t messages = 0;
  std::int64_t bytes = 0;  // as JetStream counts them against max_bytes
  // Nothing: no bound, which this suite never sets, but somebody else may.
  std::optional<std::int64_t> max_bytes;
  // When the first of them was stored, by the server's clock. Nothing: the stream is empty.
  std::optional<time::UnixMicros> oldest;
  // Positions, from 1; `first` is that of the oldest message, or of the next one that comes.
  std::int64_t first_sequence = 0;
  std::int64_t last_sequence = 0;
  // When the stream was made, as JetStream writes it: tells it from one made anew under its name.
  std::string created;
};

// One round trip. kUnavailable: JetStream or the stream is away; kInternal: the answer does not
// say.
absl::StatusOr<StreamState> data_samples_state(Connection& connection);

// How far the consumer of all epts is.
struct ConsumerState {
  std::int64_t ack_pending = 0;    // handed to an epts and not acknowledged
  std::int64_t undelivered = 0;    // handed to nobody
  std::int64_t waiting_pulls = 0;  // fetches that wait for messages: 0 where no epts is idle
  // Everything up to this position is acknowledged, also what a killed nats-server has in the
  // stream again.
  std::int64_t acknowledged_to = 0;
};

// One round trip. kUnavailable: JetStream or the stream is away; kNotFound: no epts has made the
// consumer; kInternal: the answer does not say.
absl::StatusOr<ConsumerState> data_samples_consumer_state(Connection& connection);

}  // namespace millrace::bus
