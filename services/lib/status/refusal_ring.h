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
#include <vector>

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
//
// Whatever somebody sends, he does not push out the refusals of others: those of an endpoint are a
// hundred at most, and those of nobody, whose versions and tokens anybody can make up, have a place
// of their own.
class RefusalRing {
 public:
  static constexpr std::size_t kDefaultCapacity = 10'000;
  // As many as find() gives at once.
  static constexpr std::size_t kMaxOfOne = 100;

  // `capacity`: those of endpoints; beside them a quarter of it of nobody's.
  explicit RefusalRing(std::size_t capacity = kDefaultCapacity)
      : of_endpoints_{.capacity = capacity}, of_nobody_{.capacity = 1 + capacity / 4} {}

  // The same as the one before of this version and endpoint makes no new entry, but counts there:
  // a device that repeats its fault all day pushes out nobody else's. Long texts are cut.
  void add(Refused refused);

  // `service` and `instance_id` of the answer are the caller's.
  v1::RefusalsResponse find(const v1::RefusalsRequest& request) const;

 private:
  using Entries = std::list<Refused>;
  // Those of one version and endpoint.
  struct Source {
    std::vector<Entries::iterator> entries;  // oldest first
    time::UnixMicros complete_since{};
  };
  struct Part {
    std::size_t capacity = 0;
    Entries entries{};  // newest first
    std::unordered_map<std::string, Source> sources{};
    time::UnixMicros complete_since{};
  };

  static void add_to(Part& part, std::string key, Refused refused);
  static void drop_oldest(Part& part);

  mutable concurrency::Mutex mutex_;
  Part of_endpoints_ ABSL_GUARDED_BY(mutex_);
  Part of_nobody_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::status
