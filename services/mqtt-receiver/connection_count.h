// SPDX-License-Identifier: Apache-2.0
//
// How many connections are open: the bound on them, and the end of waiting for them.
#pragma once

#include <chrono>
#include <cstddef>

#include "lib/concurrency/mutex.h"
#include "lib/time/clock.h"

namespace millrace::mqtt_receiver {

// Safe to use from any thread.
class ConnectionCount {
 public:
  explicit ConnectionCount(std::size_t max) : max_(max) {}

  // False when as many as allowed are open. Every success is followed by one leave().
  bool try_enter() {
    concurrency::MutexLock lock(mutex_);
    if (open_ >= max_) return false;
    ++open_;
    return true;
  }
  void leave() {
    concurrency::MutexLock lock(mutex_);
    if (--open_ == 0) none_.notify_all();
  }
  std::size_t max() const { return max_; }
  std::size_t open() const {
    concurrency::MutexLock lock(mutex_);
    return open_;
  }
  // False when `deadline` passed first.
  bool wait_for_none(const time::Clock& clock, std::chrono::milliseconds deadline) {
    const time::Instant until = clock.instant() + deadline;
    concurrency::MutexLock lock(mutex_);
    while (open_ > 0) {
      const auto left = until - clock.instant();
      if (left <= left.zero()) return false;
      none_.wait_for(mutex_, left);
    }
    return true;
  }

 private:
  const std::size_t max_;
  mutable concurrency::Mutex mutex_;
  concurrency::CondVar none_;
  std::size_t open_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::mqtt_receiver
