// SPDX-License-Identifier: Apache-2.0
#include "lib/time/clock.h"

namespace millrace::time {

UnixMicros SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

Instant SystemClock::instant() const {
  return std::chrono::steady_clock::now();
}

ManualClock::ManualClock(UnixMicros start) : start_(start) {}

UnixMicros ManualClock::now() const {
  return start_ + std::chrono::microseconds{moved_us_.load(std::memory_order_relaxed)};
}

Instant ManualClock::instant() const {
  return Instant{} + std::chrono::microseconds{moved_us_.load(std::memory_order_relaxed)};
}

void ManualClock::advance(std::chrono::microseconds step) {
  moved_us_.fetch_add(step.count(), std::memory_order_relaxed);
}

}  // namespace millrace::time
