// SPDX-License-Identifier: Apache-2.0
//
// How long points are kept: asks the rules of each application once a minute and removes what is
// older, on a thread beside the writers and a connection of its own for each round.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>
#include <vector>

#include "lib/postgres/connection.h"
#include "lib/process/platform.h"
#include "lib/registry_client/rules_directory.h"
#include "lib/time_series/frame_retention.h"

namespace millrace::epts {

class RetentionUpkeep {
 public:
  // `rules` outlives this. `deployment`: for applications whose rules do not say.
  RetentionUpkeep(
      postgres::ConnectionOptions options, registry_client::RulesDirectory& rules,
      std::chrono::milliseconds deployment, process::Platform& platform,
      std::function<void()> on_round = [] {});

 private:
  void run(const std::stop_token& stop);
  absl::Status round(const std::stop_token& stop);
  absl::StatusOr<std::vector<time_series::ApplicationRetention>> retentions(
      postgres::Connection& connection, const std::stop_token& stop);

  const postgres::ConnectionOptions options_;
  registry_client::RulesDirectory& rules_;
  const std::chrono::milliseconds deployment_;
  process::Platform& platform_;
  const std::function<void()> on_round_;  // for tests
  const metrics::Counter frames_;
  const metrics::Counter partitions_;
  time_series::FrameRetention retention_;
  std::jthread thread_;  // last: uses everything above
};

}  // namespace millrace::epts
