// SPDX-License-Identifier: Apache-2.0
//
// Asks PostgreSQL every second whether time series can be read, on a connection of its own, and
// keeps the readiness condition "postgres" and gRPC's health in step.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include <absl/status/status.h>

#include "lib/concurrency/mutex.h"
#include "lib/postgres/connection.h"
#include "lib/process/platform.h"

namespace millrace::query {

class DatabaseWatch {
 public:
  // `on_change` runs on the watch's thread with whether PostgreSQL can be read.
  DatabaseWatch(postgres::ConnectionOptions options, std::function<void(bool)> on_change,
                process::Platform& platform);
  ~DatabaseWatch();
  DatabaseWatch(const DatabaseWatch&) = delete;
  DatabaseWatch& operator=(const DatabaseWatch&) = delete;

  void start();
  // No further question; returns at once.
  void request_stop();
  // Waits for the end of a question, which a PostgreSQL that says nothing can hold up until the
  // statement is given up.
  void stop();
  // Returns when PostgreSQL could be read once; kCancelled after `stop`.
  absl::Status wait_until_ready(std::stop_token stop);

 private:
  void run(std::stop_token stop);
  absl::Status probe();
  void report(const absl::Status& status);

  const postgres::ConnectionOptions options_;
  const std::function<void(bool)> on_change_;
  process::Platform& platform_;
  // Of the watch's thread.
  std::unique_ptr<postgres::Connection> connection_;
  std::string last_report_ = "not asked yet";

  concurrency::Mutex mutex_;
  concurrency::CondVar changed_;
  bool ready_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_;  // last: stops before what it uses goes
};

}  // namespace millrace::query
