// SPDX-License-Identifier: Apache-2.0
#include "epts/upkeep.h"

#include <utility>

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"
#include "lib/time_series/frame_partitions.h"

namespace millrace::epts {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{2000};
constexpr std::chrono::minutes kBetweenCleanings{1};
constexpr std::chrono::seconds kBetweenLedgerLooks{5};

// True at the first call and each time `pause` has passed.
bool is_due(std::optional<time::Instant>& last, time::Instant now, std::chrono::nanoseconds pause) {
  if (last && now - *last < pause) return false;
  last = now;
  return true;
}

}  // namespace

DatabaseUpkeep::DatabaseUpkeep(postgres::ConnectionOptions options,
                               time_series::RejectedSampleLimits limits,
                               LookAtLedger look_at_ledger, process::Platform& platform,
                               std::function<void()> on_round)
    : options_(std::move(options)),
      limits_(limits),
      look_at_ledger_(std::move(look_at_ledger)),
      platform_(platform),
      on_round_(std::move(on_round)),
      expired_(platform.metrics.counter("millrace_epts_expired_rejected_samples_total",
                                        "Rows of rejected_sample deleted by age or number.")),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void DatabaseUpkeep::run(const std::stop_token& stop) {
  bool there = true;
  do {
    absl::Status status = look();
    if (status.ok()) status = care(stop);
    const bool now_there = connection_ != nullptr && !connection_->broken();
    platform_.readiness.set("postgres", now_there,
                            now_there ? "connected" : error::message(status));
    if (there && !now_there) {
      platform_.log.warning("lost PostgreSQL", {{"cause", error::message(status)}});
    } else if (!there && now_there) {
      platform_.log.info("PostgreSQL is back");
    } else if (now_there && !status.ok()) {
      platform_.log.warning_limited("cannot do the upkeep of the tables",
                                    {{"cause", error::message(status)}});
    }
    there = now_there;
    on_round_();
  } while (concurrency::sleep_for(stop, kBetweenLooks));
}

absl::Status DatabaseUpkeep::look() {
  if (connection_ == nullptr || connection_->broken()) {
    connection_.reset();
    MILLRACE_ASSIGN_OR_RETURN(connection_, postgres::Connection::connect(options_));
  }
  return connection_->execute("SELECT 1").status();
}

absl::Status DatabaseUpkeep::care(const std::stop_token& stop) {
  const time::Instant now = platform_.clock.instant();
  if (is_due(cleaned_, now, kBetweenCleanings)) MILLRACE_RETURN_IF_ERROR(clean(stop));
  return is_due(looked_at_ledger_, now, kBetweenLedgerLooks) ? look_at_ledger_(*connection_)
                                                             : absl::OkStatus();
}

absl::Status DatabaseUpkeep::clean(const std::stop_token& stop) {
  MILLRACE_RETURN_IF_ERROR(time_series::FramePartitions(*connection_, platform_).make_ahead());
  MILLRACE_ASSIGN_OR_RETURN(const std::int64_t deleted,
                            time_series::expire_rejected_samples(*connection_, limits_, stop));
  expired_.increment(static_cast<double>(deleted));
  return absl::OkStatus();
}

}  // namespace millrace::epts
