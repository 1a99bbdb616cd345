// SPDX-License-Identifier: Apache-2.0
//
// What PostgreSQL needs from time to time, on a thread and a connection beside the writers': looks
// whether it is there (readiness condition "postgres"), makes partitions before the week turns,
// deletes old rejected samples, looks at the ledger.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

#include "lib/postgres/connection.h"
#include "lib/process/platform.h"
#include "lib/time_series/rejected_sample_expiry.h"

namespace millrace::epts {

class DatabaseUpkeep {
 public:
  // Runs on the upkeep's connection, every few seconds while it is there.
  using LookAtLedger = std::function<absl::Status(postgres::Connection&)>;

  DatabaseUpkeep(
      postgres::ConnectionOptions options, time_series::RejectedSampleLimits limits,
      LookAtLedger look_at_ledger, process::Platform& platform,
      std::function<void()> on_round = [] {});

 private:
  void run(const std::stop_token& stop);
  absl::Status look();
  absl::Status care(const std::stop_token& stop);
  absl::Status clean(const std::stop_token& stop);

  const postgres::ConnectionOptions options_;
  const time_series::RejectedSampleLimits limits_;
  const LookAtLedger look_at_ledger_;
  process::Platform& platform_;
  std::optional<time::Instant> cleaned_;
  std::optional<time::Instant> looked_at_ledger_;
  const std::function<void()> on_round_;  // after each look; for tests
  const metrics::Counter expired_;
  std::unique_ptr<postgres::Connection> connection_;
  std::jthread thread_;  // last: uses everything above
};

}  // namespace millrace::epts
