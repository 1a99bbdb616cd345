// SPDX-License-Identifier: Apache-2.0
//
// One thread's loop: fetch, hand over, again. A consumer that fails is thrown away and made anew
// with growing pauses, so a restarted nats-server is picked up without a hand.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include <absl/status/statusor.h>

#include "epts/batch_storer.h"
#include "lib/bus/consumer.h"
#include "lib/process/platform.h"

namespace millrace::epts {

class Writer {
 public:
  using Messages = std::vector<std::unique_ptr<bus::PulledMessage>>;
  struct Parts {
    std::function<absl::StatusOr<std::unique_ptr<bus::Consumer>>()> make_consumer;
    std::function<void(Messages, std::stop_token)> handle;
    BatchStorer::Pause pause;
  };

  Writer(Parts parts, bus::FetchLimits limits, Backoff backoff, process::Platform& platform);

  // Until `stop`; the fetch at work then is waited for.
  void run(std::stop_token stop);

 private:
  absl::StatusOr<Messages> fetch();

  const Parts parts_;
  const bus::FetchLimits limits_;
  const Backoff backoff_;
  process::Platform& platform_;
  const metrics::Counter fetch_errors_;
  std::unique_ptr<bus::Consumer> consumer_;
};

}  // namespace millrace::epts
