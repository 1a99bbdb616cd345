// SPDX-License-Identifier: Apache-2.0
#include "epts/rollups.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"

namespace millrace::epts {
namespace {

constexpr std::chrono::seconds kBetweenRounds{5};
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

RollupUpkeep::RollupUpkeep(postgres::ConnectionOptions options, time_series::RollupOptions rollups,
                           process::Platform& platform, std::function<void()> on_round)
    : options_(std::move(options)),
      platform_(platform),
      on_round_(std::move(on_round)),
      hours_(platform.metrics.counter("millrace_epts_rollup_hours_total",
                                      "Rows of rollup written, each an hour of an endpoint.")),
      frames_(platform.metrics.counter("millrace_epts_rollup_frames_total",
                                       "Rows of frame read to roll them up.")),
      marks_(platform.metrics.gauge("millrace_epts_rollup_marks",
                                    "Changes of hours that were rolled up already.")),
      seal_age_(platform.metrics.gauge("millrace_epts_rollup_seal_age_seconds",
                                       "How far back hours begin that are not rolled up yet.")),
      weeks_left_(platform.metrics.gauge("millrace_epts_rollup_weeks_left",
                                         "Weeks that are not rolled up as far as they can be.")),
      worker_(rollups, concurrency::sleep_for, platform),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void RollupUpkeep::run(const std::stop_token& stop) {
  do {
    const absl::Status status = round(stop);
    if (!status.ok() && !stop.stop_requested()) {
      marks_.set(kUnknown);
      seal_age_.set(kUnknown);
      weeks_left_.set(kUnknown);
      platform_.log.warning_limited("cannot roll up old points now",
                                    {{"cause", error::message(status)}});
    }
    on_round_();
  } while (concurrency::sleep_for(stop, kBetweenRounds));
}

absl::Status RollupUpkeep::round(const std::stop_token& stop) {
  MILLRACE_ASSIGN_OR_RETURN(const auto connection, postgres::Connection::connect(options_));
  const std::stop_callback on_stop(stop, [&connection] { connection->cancel(); });
  // The earlier of two clocks: sealed too early, every sample would be a late one.
  MILLRACE_ASSIGN_OR_RETURN(const auto database, connection->execute("SELECT now()"));
  const time::UnixMicros now = std::min(platform_.clock.now(), database.timestamp(0, 0));
  time_series::RollupRound round;
  const absl::Status status = worker_.run(*connection, now, stop, round);
  hours_.increment(static_cast<double>(round.built.hours));
  frames_.increment(static_cast<double>(round.built.frames));
  if (status.ok()) tell(round, now);
  return status;
}

void RollupUpkeep::tell(const time_series::RollupRound& round, time::UnixMicros now) const {
  marks_.set(static_cast<double>(round.marks));
  weeks_left_.set(static_cast<double>(round.weeks_left));
  seal_age_.set(round.sealed_until
                    ? std::chrono::duration<double>(now - *round.sealed_until).count()
                    : kUnknown);
}

}  // namespace millrace::epts
