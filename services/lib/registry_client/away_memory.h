// SPDX-License-Identifier: Apache-2.0
//
// Remembers that the registry did not answer, so that look-ups that can do without it do not each
// wait out a time-out: one at a time asks whether it is back.
#pragma once

#include <atomic>
#include <chrono>

#include "lib/time/clock.h"

namespace millrace::registry_client {

// Safe to use from any thread.
class AwayMemory {
 public:
  explicit AwayMemory(std::chrono::milliseconds request_timeout)
      : request_timeout_(request_timeout) {}

  // Whether to ask now, by one who has an expired answer in hand. True for everybody while the
  // registry answers; while it is away for one caller, then for nobody until its answer or the end
  // of its time.
  bool may_ask(time::Instant now) {
    auto not_before = not_before_.load();
    if (not_before == kAnswering) return true;
    if (ticks(now) < not_before) return false;
    return not_before_.compare_exchange_strong(not_before, ticks(now + request_timeout_ + kPause));
  }

  void answered() {
    if (not_before_.load() != kAnswering) not_before_ = kAnswering;
  }
  void failed(time::Instant now) { not_before_ = ticks(now + kPause); }

 private:
  using Ticks = time::Instant::rep;
  static constexpr std::chrono::seconds kPause{1};
  static constexpr Ticks kAnswering = 0;
  static Ticks ticks(time::Instant instant) { return instant.time_since_epoch().count(); }

  const std::chrono::milliseconds request_timeout_;
  std::atomic<Ticks> not_before_{kAnswering};
};

}  // namespace millrace::registry_client
