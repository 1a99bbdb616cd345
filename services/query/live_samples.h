// SPDX-License-Identifier: Apache-2.0
//
// The uploads of one endpoint as they come: what receivers put into the stream reaches subscribers
// of core NATS, too. Nobody waits for us: what comes faster than it is taken, or while the
// connection is lost, is left out.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/concurrency/mutex.h"

#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::query {

class LiveSamples {
 public:
  // Uploads that wait to be taken: at most so many, and of so many bytes together.
  static constexpr std::size_t kMaxUploads = 1000;
  static constexpr std::size_t kMaxBytes = 4 << 20;

  // From here on. `connection` outlives the answer.
  static absl::StatusOr<std::unique_ptr<LiveSamples>> open(bus::Connection& connection,
                                                           std::string application_name,
                                                           std::string endpoint_id);
  ~LiveSamples();
  LiveSamples(const LiveSamples&) = delete;
  LiveSamples& operator=(const LiveSamples&) = delete;

  // The next upload; nothing after `wait`.
  std::optional<telemetry::v1::DataSamplesEvent> next(std::chrono::milliseconds wait);

 private:
  LiveSamples(std::string application_name, std::string endpoint_id);
  void take(const bus::Message& message);
  void keep(telemetry::v1::DataSamplesEvent event);

  const std::string application_name_;
  const std::string endpoint_id_;
  concurrency::Mutex mutex_;
  concurrency::CondVar came_;
  std::deque<telemetry::v1::DataSamplesEvent> uploads_ ABSL_GUARDED_BY(mutex_);
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<bus::Subscription> subscription_;  // last: ends before what its handler uses
};

}  // namespace millrace::query
