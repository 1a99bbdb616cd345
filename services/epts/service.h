// SPDX-License-Identifier: Apache-2.0
//
// epts put together: members in order of dependence, start and stop.
#pragma once

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "epts/announcer.h"
#include "epts/backlog_watch.h"
#include "epts/done_messages.h"
#include "epts/ledger.h"
#include "epts/ledger_watch.h"
#include "epts/retention.h"
#include "epts/rollups.h"
#include "epts/settings.h"
#include "epts/store_faults.h"
#include "epts/upkeep.h"
#include "lib/bus/connection.h"
#include "lib/bus/consumer.h"
#include "lib/process/run.h"
#include "lib/registry_client/rules_directory.h"
#include "lib/status/refusal_ring.h"
#include "lib/status/status_responder.h"

namespace millrace::epts {

class EptsService final : public process::Service {
 public:
  EptsService(const Settings& settings, process::Platform& platform);

  absl::Status start(std::stop_token stop) override;
  void stop(std::chrono::milliseconds deadline) override;

 private:
  absl::Status start_announcer();
  Announced announced() const;
  absl::StatusOr<std::unique_ptr<bus::Consumer>> make_consumer();
  void run_writer(const std::stop_token& stop);
  absl::Status begin_ledger(const std::stop_token& stop);
  absl::Status tell_status();

  const Settings settings_;
  process::Platform& platform_;
  bus::StreamOptions stream_;  // with the transmitters' subjects
  const Ledger ledger_;
  DoneMessages done_;
  StoreFaults store_faults_;
  status::RefusalRing empties_;  // uploads that gave nothing, for whoever asks why
  // Made by start(), unmade by stop() in reverse order.
  std::unique_ptr<bus::Connection> bus_;
  std::unique_ptr<registry_client::RulesDirectory> rules_;
  std::optional<Interest> interest_;
  std::optional<Announcer> announcer_;
  std::unique_ptr<bus::Subscription> interest_messages_;
  std::optional<LedgerWatch> ledger_watch_;  // of database_upkeep_'s thread
  std::optional<DatabaseUpkeep> database_upkeep_;
  std::optional<RetentionUpkeep> retention_upkeep_;
  std::optional<RollupUpkeep> rollup_upkeep_;
  std::optional<BacklogWatch> backlog_watch_;
  std::unique_ptr<status::StatusResponder> status_;
  std::vector<std::jthread> writers_;
};

}  // namespace millrace::epts
