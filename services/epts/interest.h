// SPDX-License-Identifier: Apache-2.0
//
// Who wants to hear of which endpoints' new points (data_points_interest.proto), as of their last
// messages. Listeners are services that gather the wishes of their own clients, so they are few:
// what is beyond the bounds is refused, logged and counted. Safe to use from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/concurrency/mutex.h"
#include "lib/process/platform.h"
#include "lib/time_series/recent_cache.h"

#include "millrace/telemetry/v1/data_points_interest.pb.h"

namespace millrace::epts {

class Interest {
 public:
  static constexpr std::size_t kMaxListeners = 64;
  // Names of endpoints, and of applications, of all listeners together.
  static constexpr std::size_t kMaxNames = 100'000;

  explicit Interest(process::Platform& platform);

  // A message of the subject; what cannot be used changes nothing. True: the listener is new, or
  // wants something else than before.
  bool hear(std::string_view payload);
  // Whether anybody listens. Costs next to nothing, so that nobody listening costs no more.
  bool any() const;
  bool covers(std::string_view application_name, std::string_view endpoint_id) const;
  // Who listens now, and at which revision of what they want.
  std::vector<std::pair<std::string, std::int64_t>> known() const;

 private:
  using Names = std::unordered_set<std::string, time_series::TextHash, std::equal_to<>>;
  struct Listener {
    time::Instant until;
    std::int64_t revision = 0;
    std::size_t names = 0;
    // Endpoints by application; without any, all of them.
    std::unordered_map<std::string, Names, time_series::TextHash, std::equal_to<>> applications;
  };

  // Whether it is news.
  absl::StatusOr<bool> put(const telemetry::v1::DataPointsInterest& message);
  void forget_expired(time::Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  process::Platform& platform_;
  const metrics::Counter refused_;
  mutable concurrency::Mutex mutex_;
  std::map<std::string, Listener> listeners_ ABSL_GUARDED_BY(mutex_);
  std::size_t names_ ABSL_GUARDED_BY(mutex_) = 0;
  // When the last of them expires, as ticks of Instant.
  std::atomic<std::int64_t> until_{0};
};

}  // namespace millrace::epts
