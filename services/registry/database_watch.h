// SPDX-License-Identifier: Apache-2.0
//
// Asks PostgreSQL once a second whether it is there, for readiness.
#pragma once

#include <functional>
#include <thread>

#include "lib/postgres/pool.h"
#include "lib/process/platform.h"

namespace millrace::registry {

class DatabaseWatch {
 public:
  // `on_round` runs after each look, on the watch's thread.
  // The destructor waits for the end of a look, which a PostgreSQL that says nothing can hold up
  // until the statement is given up.
  DatabaseWatch(postgres::Pool& pool, process::Platform& platform, std::function<void()> on_round);

  // No further look; returns at once.
  void request_stop() { thread_.request_stop(); }

 private:
  void run(std::stop_token stop);
  absl::Status look();

  postgres::Pool& pool_;
  process::Platform& platform_;
  const std::function<void()> on_round_;
  // Last: it uses what stands above.
  std::jthread thread_;
};

}  // namespace millrace::registry
