// SPDX-License-Identifier: Apache-2.0
//
// How many wrong passwords the registry is asked about in a second: for one user name, and in all.
// What turns out to be right costs nothing, so a receiver that starts with an empty cache is not
// held up.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/concurrency/mutex.h"
#include "lib/registry_client/lru_map.h"
#include "lib/time/clock.h"
#include "lib/time/token_bucket.h"

namespace millrace::registry_client {

// Safe to use from any thread. Remembers the user names that failed last, at most `max_names`.
class StormLimit {
 public:
  StormLimit(double per_second, double per_second_per_name, std::size_t max_names)
      : all_rate_{per_second, per_second},
        name_rate_{per_second_per_name, per_second_per_name},
        names_(max_names) {}

  // `name` may be empty: what has none is limited in all only.
  bool has_room(const std::string& name, time::Instant now) {
    concurrency::MutexLock lock(mutex_);
    if (!all_.has_one(all_rate_, now)) return false;
    time::TokenBucket* const bucket = names_.find(name);
    return bucket == nullptr || bucket->has_one(name_rate_, now);
  }

  void count_refused(const std::string& name, time::Instant now) {
    concurrency::MutexLock lock(mutex_);
    all_.charge(all_rate_, now);
    if (name.empty()) return;
    if (names_.find(name) == nullptr) names_.put(name, {});
    names_.find(name)->charge(name_rate_, now);
  }

 private:
  const time::BucketRate all_rate_;
  const time::BucketRate name_rate_;
  concurrency::Mutex mutex_;
  time::TokenBucket all_ ABSL_GUARDED_BY(mutex_);
  LruMap<std::string, std::string_view, time::TokenBucket> names_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::registry_client
