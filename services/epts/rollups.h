// SPDX-License-Identifier: Apache-2.0
//
// Keeps the rollups of time_series on a thread beside the writers and a connection of its own for
// each round, and tells how far they are. Of several replicas one works at a time, all tell.
#pragma once

#include <functional>
#include <stop_token>
#include <thread>

#include "lib/postgres/connection.h"
#include "lib/process/platform.h"
#include "lib/time_series/rollup_worker.h"

namespace millrace::epts {

class RollupUpkeep {
 public:
  RollupUpkeep(
      postgres::ConnectionOptions options, time_series::RollupOptions rollups,
      process::Platform& platform, std::function<void()> on_round = [] {});

 private:
  void run(const std::stop_token& stop);
  absl::Status round(const std::stop_token& stop);
  void tell(const time_series::RollupRound& round, time::UnixMicros now) const;

  const postgres::ConnectionOptions options_;
  process::Platform& platform_;
  const std::function<void()> on_round_;  // for tests
  const metrics::Counter hours_;
  const metrics::Counter frames_;
  const metrics::Gauge marks_;
  const metrics::Gauge seal_age_;
  const metrics::Gauge weeks_left_;
  time_series::RollupWorker worker_;
  std::jthread thread_;  // last: uses everything above
};

}  // namespace millrace::epts
