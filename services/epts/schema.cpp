// SPDX-License-Identifier: Apache-2.0
#include "epts/schema.h"

#include <string>

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"
#include "lib/postgres/migrator.h"
#include "lib/time_series/migrations.h"

namespace millrace::epts {
namespace {

constexpr std::chrono::milliseconds kRetryAfter{500};

absl::Status migrate_once(const Settings& settings, process::Platform& platform,
                          const std::stop_token& stop) {
  postgres::ConnectionOptions options = database_options(settings);
  // A migration, or the wait for another replica's, may take long.
  options.statement_timeout = std::chrono::milliseconds{0};
  MILLRACE_ASSIGN_OR_RETURN(const auto connection, postgres::Connection::connect(options));
  const std::stop_callback on_stop(stop, [&connection] { connection->cancel(); });
  return postgres::migrate(*connection, "time_series", time_series::migrations(), platform);
}

}  // namespace

postgres::ConnectionOptions database_options(const Settings& settings) {
  postgres::ConnectionOptions options;
  options.url = settings.database_url;
  options.application_name = settings.instance_name;
  options.statement_timeout = settings.statement_timeout;
  return options;
}

absl::Status migrate(const Settings& settings, process::Platform& platform, std::stop_token stop) {
  platform.readiness.set("postgres", false, "connecting");
  std::string told;
  while (true) {
    const absl::Status status = migrate_once(settings, platform, stop);
    if (status.ok()) {
      platform.readiness.set("postgres", true, "connected");
      return status;
    }
    if (stop.stop_requested()) return absl::CancelledError("stopped while waiting for PostgreSQL");
    if (!error::is_retryable(status)) return status;
    const std::string cause = error::message(status);
    platform.readiness.set("postgres", false, cause);
    // Once for each cause, not for each attempt.
    if (cause != told) platform.log.warning("waiting for PostgreSQL", {{"cause", cause}});
    told = cause;
    if (!concurrency::sleep_for(stop, kRetryAfter)) {
      return absl::CancelledError("stopped while waiting for PostgreSQL");
    }
  }
}

}  // namespace millrace::epts
