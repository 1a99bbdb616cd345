// SPDX-License-Identifier: Apache-2.0
//
// Removes frames that are older than their application keeps them: whole partitions where all of it
// is past, rows in small transactions with pauses elsewhere. One replica at a time. Endpoints,
// layouts and names of series stay. docs/decisions/0014-retention.md. For one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/process/platform.h"
#include "lib/time_series/week.h"

namespace millrace::time_series {

struct StoredApplication {
  std::int32_t key = 0;
  std::string name;
};
// Those with endpoints.
absl::StatusOr<std::vector<StoredApplication>> stored_applications(
    postgres::Connection& connection);

struct ApplicationRetention {
  std::int32_t application_key = 0;
  // Nothing: not known now, all of it is kept.
  std::optional<std::chrono::milliseconds> age;
};

struct Removed {
  std::int64_t frames = 0;      // one by one
  std::int64_t partitions = 0;  // with all that was in them
};

// All applications with endpoints, and what holds for them at the moment of the call.
using AskRetentions = std::function<absl::StatusOr<std::vector<ApplicationRetention>>()>;

class FrameRetention {
 public:
  // Sleeps; false when stopped meanwhile.
  using Pause = std::function<bool(std::stop_token, std::chrono::milliseconds)>;

  FrameRetention(Pause pause, process::Platform& platform)
      : pause_(std::move(pause)), platform_(platform) {}

  // One round over all partitions, as long as it takes; what it did is added to `removed`, also
  // where it ends early: on `stop`, or because another replica is at it. Where one partition fails
  // it goes on with the others and returns the first failure. `ask` is called once, and again
  // before partitions are dropped. Remembers what it has been through, so that rounds without work
  // cost little.
  absl::Status run(postgres::Connection& connection, time::UnixMicros now, const AskRetentions& ask,
                   std::stop_token stop, Removed& removed);

 private:
  struct Round;

  absl::Status settle_detached(Round& round);
  absl::Status settle(Round& round, Week week);
  absl::Status sweep_week(Round& round, Week week);
  absl::Status sweep(Round& round, Week week, const ApplicationRetention& application);
  bool is_due(const ApplicationRetention& application, Week week, time::UnixMicros until) const;
  bool pause_after(Round& round, time::Instant begun);

  const Pause pause_;
  process::Platform& platform_;
  // Up to which time an application's rows of a week are known to be gone.
  std::map<std::pair<std::int32_t, Week>, time::UnixMicros> swept_;
};

}  // namespace millrace::time_series
