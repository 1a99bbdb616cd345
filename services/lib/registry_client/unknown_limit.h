// SPDX-License-Identifier: Apache-2.0
//
// How many tokens that turn out to be unknown the registry is asked about in a second.
#pragma once

#include <cstdint>

#include "lib/concurrency/mutex.h"
#include "lib/time/clock.h"
#include "lib/time/token_bucket.h"

namespace millrace::registry_client {

// What turns out to be known costs nothing, so a receiver that starts with an empty cache is not
// held up; what is unknown is counted when the answer is there. Safe to use from any thread.
class UnknownLimit {
 public:
  explicit UnknownLimit(std::int64_t per_second)
      : rate_{static_cast<double>(per_second), static_cast<double>(per_second)} {}

  bool has_room(time::Instant now) {
    concurrency::MutexLock lock(mutex_);
    return bucket_.has_one(rate_, now);
  }
  void count_unknown(time::Instant now) {
    concurrency::MutexLock lock(mutex_);
    bucket_.charge(rate_, now);
  }

 private:
  const time::BucketRate rate_;
  concurrency::Mutex mutex_;
  time::TokenBucket bucket_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::registry_client
