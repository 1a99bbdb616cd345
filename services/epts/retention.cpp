// SPDX-License-Identifier: Apache-2.0
#include "epts/retention.h"

#include <algorithm>
#include <utility>

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"
#include "lib/series_rules/retention.h"

namespace millrace::epts {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes kBetweenRounds{1};

}  // namespace

RetentionUpkeep::RetentionUpkeep(postgres::ConnectionOptions options,
                                 registry_client::RulesDirectory& rules, milliseconds deployment,
                                 process::Platform& platform, std::function<void()> on_round)
    : options_(std::move(options)),
      rules_(rules),
      deployment_(deployment),
      platform_(platform),
      on_round_(std::move(on_round)),
      frames_(platform.metrics.counter("millrace_epts_retention_frames_total",
                                       "Rows of frame deleted one by one because of their age.")),
      partitions_(platform.metrics.counter("millrace_epts_retention_partitions_total",
                                           "Partitions of frame dropped because of their age.")),
      retention_(concurrency::sleep_for, platform),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void RetentionUpkeep::run(const std::stop_token& stop) {
  do {
    const absl::Status status = round(stop);
    if (!status.ok()) {
      platform_.log.warning_limited("cannot remove old points now",
                                    {{"cause", error::message(status)}});
    }
    on_round_();
  } while (concurrency::sleep_for(stop, kBetweenRounds));
}

absl::Status RetentionUpkeep::round(const std::stop_token& stop) {
  MILLRACE_ASSIGN_OR_RETURN(const auto connection, postgres::Connection::connect(options_));
  const std::stop_callback on_stop(stop, [&connection] { connection->cancel(); });
  // The earlier of two clocks: one that runs ahead must not cost anybody his data.
  MILLRACE_ASSIGN_OR_RETURN(const auto database, connection->execute("SELECT now()"));
  const time::UnixMicros now = std::min(platform_.clock.now(), database.timestamp(0, 0));
  time_series::Removed removed;
  const auto ask = [&] { return retentions(*connection, stop); };
  const absl::Status status = retention_.run(*connection, now, ask, stop, removed);
  frames_.increment(static_cast<double>(removed.frames));
  partitions_.increment(static_cast<double>(removed.partitions));
  return stop.stop_requested() ? absl::OkStatus() : status;
}

absl::StatusOr<std::vector<time_series::ApplicationRetention>> RetentionUpkeep::retentions(
    postgres::Connection& connection, const std::stop_token& stop) {
  MILLRACE_ASSIGN_OR_RETURN(const auto applications, time_series::stored_applications(connection));
  std::vector<time_series::ApplicationRetention> retentions;
  for (const time_series::StoredApplication& application : applications) {
    // Not known: nothing of it is removed.
    std::optional<milliseconds> age;
    if (!stop.stop_requested()) {
      const auto rules = rules_.current_rules(application.name);
      if (rules.ok()) {
        age = series_rules::retention_of(**rules).value_or(deployment_);
      } else if (absl::IsNotFound(rules.status())) {
        age = deployment_;
      }
    }
    retentions.push_back({application.key, age});
  }
  return retentions;
}

}  // namespace millrace::epts
