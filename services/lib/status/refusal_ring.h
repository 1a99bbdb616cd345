// SPDX-License-Identifier: Apache-2.0
//
// The newest uploads that a process refused, or took nothing from, so that `millrace explain` can
// say what became of them. They are nowhere else: what was refused never reached the stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lib/concurrency/mutex.h"
#include "lib/time/clock.h"

#include "millrace/status/v1/status.pb.h"

namespace millrace::status {

struct Refused {
  time::UnixMicros at;
  std::string app_version_name;
  std::string endpoint_id;  // empty: the token was not known, or nobody could tell
  std::string correlation_id;
  int status_code = 0;
  std::string reason;
  std::int64_t times = 1;
};

// Safe to use from any thread. Costs a refusal a few allocations and one look into a hash table
// under a lock, whatever is in the ring; answering a request holds the lock for one walk over it.
// Memory: about 1 KiB each at most.
class RefusalRing {
 public:
  static constexpr std::size_t kDefaultCapacity = 10'000;

  explicit RefusalRing(std::size_t capacity = kDefaultCapacity) : capacity_(capacity) {}

  // The same as the one before of this version and endpoint makes no new entry, but counts there:
  // a device that repeats its fault all day pushes out nobody else's. Long texts are cut.
  void add(Refused refused);

  // `service` and `instance_id` of the answer are the caller's.
  v1::RefusalsResponse find(const v1::RefusalsRequest& request) const;

 private:
  using Entries = std::list<Refused>;

  void drop_oldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::size_t capacity_;
  mutable concurrency::Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);  // newest first
  // By version and endpoint: the newest of them.
  std::unordered_map<std::string, Entries::iterator> newest_ ABSL_GUARDED_BY(mutex_);
  time::UnixMicros complete_since_ ABSL_GUARDED_BY(mutex_){};
};

}  // namespace millrace::status
