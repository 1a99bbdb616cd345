// SPDX-License-Identifier: Apache-2.0
//
// The messages this process stored and acknowledged lately. An acknowledgement that got lost brings
// its message back; it is then acknowledged again without touching PostgreSQL, and its samples,
// also those that left no trace there, are not counted twice. Safe to use from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "epts/held_message.h"
#include "lib/concurrency/mutex.h"
#include "lib/time_series/recent_cache.h"

namespace millrace::epts {

class DoneMessages {
 public:
  // Remembers at least the last `capacity` / 2 messages.
  explicit DoneMessages(std::size_t capacity = 100'000) : samples_(capacity) {}

  void add(const HeldMessage& message);
  // How many samples the message had.
  std::optional<std::uint32_t> find(const bus::PulledMessage& message);

 private:
  concurrency::Mutex mutex_;
  // By fingerprint: a stream that was made anew begins to count its messages from 1 again.
  time_series::RecentCache<std::uint64_t, std::uint32_t> samples_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::epts
