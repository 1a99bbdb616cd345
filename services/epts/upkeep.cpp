// SPDX-License-Identifier: Apache-2.0
#include "epts/upkeep.h"

#include <optional>
#include <utility>

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"
#include "lib/time_series/frame_partitions.h"

namespace millrace::epts {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{2000};
constexpr std::chrono::minutes kBetweenCleanings{1};

}  // namespace

DatabaseUpkeep::DatabaseUpkeep(postgres::ConnectionOptions options,
                               time_series::RejectedSampleLimits limits,
                               process::Platform& platform, std::function<void()> on_round)
    : options_(std::move(options)),
      limits_(limits),
      platform_(platform),
      on_round_(std::move(on_round)),
      expired_(platform.metrics.counter("millrace_epts_expired_rejected_samples_total",
                                        "Rows of rejected_sample deleted by age or number.")),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void DatabaseUpkeep::run(const std::stop_token& stop) {
  bool there = true;
  std::optional<time::Instant> cleaned;
  do {
    absl::Status status = look();
    const time::Instant now = platform_.clock.instant();
    if (status.ok() && (!cleaned || now - *cleaned >= kBetweenCleanings)) {
      status = clean(stop);
      cleaned = now;
    }
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

absl::Status DatabaseUpkeep::clean(const std::stop_token& stop) {
  MILLRACE_RETURN_IF_ERROR(time_series::FramePartitions(*connection_, platform_).make_ahead());
  MILLRACE_ASSIGN_OR_RETURN(const std::int64_t deleted,
                            time_series::expire_rejected_samples(*connection_, limits_, stop));
  expired_.increment(static_cast<double>(deleted));
  return absl::OkStatus();
}

}  // namespace millrace::epts
