// SPDX-License-Identifier: Apache-2.0
//
// The streams that browsers have open: how many, and their end when the gateway stops. A live
// stream would go on for ever, and the server waits for what has begun.
#pragma once

#include <chrono>
#include <memory>
#include <unordered_map>

#include <absl/status/status.h>

#include "lib/concurrency/mutex.h"
#include "lib/metrics/metric.h"

namespace millrace::gateway {

class OpenStream {
 public:
  virtual ~OpenStream() = default;
  // Ends it so, with the next thing that the client is sent. From any thread.
  virtual void end(const absl::Status& status) = 0;
};

// Safe to use from any thread.
class OpenStreams {
 public:
  explicit OpenStreams(metrics::Registry& metrics);

  // False: the gateway stops, and the stream is to say so.
  bool enter(const std::shared_ptr<OpenStream>& stream);
  // Without effect for one that is not there.
  void leave(const OpenStream* stream);

  // Lets no further stream in, gives those that are open `grace` to end by themselves, then ends
  // them with kUnavailable.
  void stop(std::chrono::milliseconds grace);

 private:
  const metrics::Gauge open_;
  concurrency::Mutex mutex_;
  concurrency::CondVar empty_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_map<const OpenStream*, std::weak_ptr<OpenStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::gateway
