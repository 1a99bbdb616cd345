// SPDX-License-Identifier: Apache-2.0
#include "query/database_watch.h"

#include <utility>

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"
#include "lib/time_series/reader.h"

namespace millrace::query {
namespace {

constexpr std::chrono::milliseconds kInterval{1'000};
constexpr std::chrono::milliseconds kStatementTimeout{5'000};
constexpr char kCondition[] = "postgres";

postgres::ConnectionOptions for_probes(postgres::ConnectionOptions options) {
  options.application_name += " watch";
  options.statement_timeout = kStatementTimeout;
  return options;
}

}  // namespace

DatabaseWatch::DatabaseWatch(postgres::ConnectionOptions options,
                             std::function<void(bool)> on_change, process::Platform& platform)
    : options_(for_probes(std::move(options))),
      on_change_(std::move(on_change)),
      platform_(platform) {
  platform_.readiness.set(kCondition, false, last_report_);
}

DatabaseWatch::~DatabaseWatch() {
  stop();
}

void DatabaseWatch::start() {
  thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
}

void DatabaseWatch::request_stop() {
  thread_.request_stop();
}

void DatabaseWatch::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

absl::Status DatabaseWatch::wait_until_ready(std::stop_token stop) {
  const std::stop_callback wake(stop, [this] {
    concurrency::MutexLock lock(mutex_);
    changed_.notify_all();
  });
  concurrency::MutexLock lock(mutex_);
  while (!ready_) {
    if (stop.stop_requested()) return absl::CancelledError("stopped while waiting for PostgreSQL");
    changed_.wait(mutex_);
  }
  return absl::OkStatus();
}

void DatabaseWatch::run(std::stop_token stop) {
  do {
    report(probe());
  } while (concurrency::sleep_for(stop, kInterval));
}

absl::Status DatabaseWatch::probe() {
  if (connection_ == nullptr || connection_->broken()) {
    connection_.reset();
    MILLRACE_ASSIGN_OR_RETURN(connection_, postgres::Connection::connect(options_));
  }
  return time_series::probe(*connection_);
}

void DatabaseWatch::report(const absl::Status& status) {
  const std::string text = status.ok() ? "time series can be read" : error::message(status);
  if (text == last_report_) return;
  last_report_ = text;
  platform_.readiness.set(kCondition, status.ok(), text);
  if (status.ok()) {
    platform_.log.info("PostgreSQL is ready");
  } else {
    platform_.log.warning("waiting for PostgreSQL", {{"cause", text}});
  }
  on_change_(status.ok());
  concurrency::MutexLock lock(mutex_);
  ready_ = status.ok();
  changed_.notify_all();
}

}  // namespace millrace::query
