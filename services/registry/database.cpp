// SPDX-License-Identifier: Apache-2.0
#include "registry/database.h"

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"
#include "lib/postgres/migrator.h"
#include "registry/migrations.h"

namespace millrace::registry {
namespace {

constexpr std::chrono::milliseconds kRetryAfter{500};

absl::Status migrate_once(const Settings& settings, process::Platform& platform,
                          std::stop_token stop) {
  MILLRACE_ASSIGN_OR_RETURN(const auto connection,
                            postgres::Connection::connect(database_options(settings)));
  // A migration, or the wait for another replica's, may take long.
  const std::stop_callback on_stop(stop, [&connection] { connection->cancel(); });
  return postgres::migrate(*connection, "registry", migrations(), platform);
}

}  // namespace

postgres::ConnectionOptions database_options(const Settings& settings) {
  postgres::ConnectionOptions options;
  options.url = settings.database_url;
  options.application_name = settings.instance_name;
  options.connect_timeout = std::chrono::milliseconds{2000};
  options.statement_timeout = std::chrono::milliseconds{5000};
  return options;
}

google::protobuf::Timestamp to_timestamp(time::UnixMicros time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds.time_since_epoch().count());
  timestamp.set_nanos(static_cast<std::int32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time - seconds).count()));
  return timestamp;
}

absl::Status migrate(const Settings& settings, process::Platform& platform, std::stop_token stop) {
  platform.readiness.set("postgres", false, "connecting");
  std::string told;
  while (true) {
    absl::Status status = migrate_once(settings, platform, stop);
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

}  // namespace millrace::registry
