// SPDX-License-Identifier: Apache-2.0
//
// Lets one line per event text and second pass and counts the others.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lib/concurrency/mutex.h"
#include "lib/time/clock.h"

namespace millrace::log {

// Safe to call from any thread. Keeps at most 256 event texts; further ones share one entry.
class RateLimit {
 public:
  // Whether a line may be written at `now`: the number of lines of this event swallowed since the
  // last one that was, or nothing when this one is swallowed too.
  std::optional<std::int64_t> admit(std::string_view event, time::Instant now);

 private:
  struct Entry {
    time::Instant passed;
    std::int64_t suppressed = 0;
  };
  concurrency::Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::log
