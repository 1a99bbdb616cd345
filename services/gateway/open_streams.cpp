// SPDX-License-Identifier: Apache-2.0
#include "gateway/open_streams.h"

#include <vector>

namespace millrace::gateway {

OpenStreams::OpenStreams(metrics::Registry& metrics)
    : open_(metrics.gauge("millrace_gateway_streams", "Streams that clients have open.")) {}

bool OpenStreams::enter(const std::shared_ptr<OpenStream>& stream) {
  concurrency::MutexLock lock(mutex_);
  if (stopping_) return false;
  streams_.emplace(stream.get(), stream);
  open_.add(1);
  return true;
}

void OpenStreams::leave(const OpenStream* stream) {
  concurrency::MutexLock lock(mutex_);
  if (streams_.erase(stream) == 0) return;
  open_.add(-1);
  if (streams_.empty()) empty_.notify_all();
}

void OpenStreams::stop(std::chrono::milliseconds grace) {
  std::vector<std::shared_ptr<OpenStream>> left;
  {
    concurrency::MutexLock lock(mutex_);
    stopping_ = true;
    // One wait is enough: nothing but the last leave() ends it early.
    if (!streams_.empty() && grace.count() > 0) empty_.wait_for(mutex_, grace);
    for (const auto& [key, weak] : streams_) {
      if (auto stream = weak.lock()) left.push_back(std::move(stream));
    }
  }
  for (const auto& stream : left) {
    stream->end(absl::UnavailableError("the gateway is stopping; try again"));
  }
}

}  // namespace millrace::gateway
