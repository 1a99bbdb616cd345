// SPDX-License-Identifier: Apache-2.0
//
// Measures what waits in the stream, on a thread beside the writers: they are busy, or held up,
// just when it grows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

#include <absl/status/statusor.h>

#include "lib/bus/consumer.h"
#include "lib/bus/streams.h"
#include "lib/process/platform.h"

namespace millrace::epts {

// Sets the gauges millrace_epts_backlog_* and millrace_epts_stream_*: NaN while NATS cannot tell,
// so that nobody takes "unknown" for "nothing".
class BacklogWatch {
 public:
  // What it asks of JetStream.
  struct Questions {
    std::function<absl::StatusOr<bus::StreamState>()> stream_state;
    std::function<absl::StatusOr<std::unique_ptr<bus::Consumer>>()> make_consumer;
  };

  BacklogWatch(
      Questions questions, process::Platform& platform, std::function<void()> on_round = [] {});

 private:
  void run(const std::stop_token& stop);
  absl::Status look();
  absl::StatusOr<std::uint64_t> ask_backlog();
  void show(const absl::StatusOr<bus::StreamState>& state) const;

  const Questions questions_;
  const std::function<void()> on_round_;  // after each look; for tests
  log::Logger& log_;
  const time::Clock& clock_;
  const metrics::Gauge backlog_messages_;
  const metrics::Gauge backlog_age_;
  const metrics::Gauge stream_bytes_;
  const metrics::Gauge stream_max_bytes_;
  std::unique_ptr<bus::Consumer> consumer_;  // null: to be made
  std::jthread thread_;                      // last: uses everything above
};

}  // namespace millrace::epts
