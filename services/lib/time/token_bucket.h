// SPDX-License-Identifier: Apache-2.0
//
// A token bucket: so many a second on average, so many at once after a pause. Pure: the time is
// given. Bucket and rate are apart, so that a thousand buckets share a rate, and a rate that
// changes counts at once.
#pragma once

#include <chrono>

#include "lib/time/clock.h"

namespace millrace::time {

struct BucketRate {
  double per_second = 0;  // > 0
  double burst = 1;       // >= 1
};

// Full at first. For one thread at a time. Time that goes back fills nothing and takes nothing.
class TokenBucket {
 public:
  // Zero: one was taken. Otherwise none was, and there will be one after so long.
  std::chrono::nanoseconds take(const BucketRate& rate, Instant now);
  // Whether take() would take one.
  bool has_one(const BucketRate& rate, Instant now);
  // Takes one in any case. The debt that it may leave is one burst at most.
  void charge(const BucketRate& rate, Instant now);
  // What was taken and not used.
  void give_back(const BucketRate& rate);

 private:
  void fill(const BucketRate& rate, Instant now);

  double level_ = 0;
  Instant filled_at_{};
  bool begun_ = false;
};

}  // namespace millrace::time
