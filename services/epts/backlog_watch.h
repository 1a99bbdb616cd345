// SPDX-License-Identifier: Apache-2.0
//
// Measures what waits in the stream, on a thread beside the writers: they are busy, or held up,
// just when it grows.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

#include <absl/status/statusor.h>

#include "lib/bus/consumer.h"
#include "lib/process/platform.h"

namespace millrace::epts {

// Sets the gauge millrace_epts_backlog_messages.
class BacklogWatch {
 public:
  using MakeConsumer = std::function<absl::StatusOr<std::unique_ptr<bus::Consumer>>()>;

  BacklogWatch(
      MakeConsumer make_consumer, process::Platform& platform,
      std::function<void()> on_round = [] {});

 private:
  void run(const std::stop_token& stop);

  const MakeConsumer make_consumer_;
  const std::function<void()> on_round_;  // after each look; for tests
  const metrics::Gauge backlog_;
  std::jthread thread_;  // last: uses everything above
};

}  // namespace millrace::epts
