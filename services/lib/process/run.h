// SPDX-License-Identifier: Apache-2.0
//
// The one main() of all services: settings → log → admin port → service → signal → drain → exit
// code.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include <absl/status/status.h>

#include "lib/config/settings_table.h"
#include "lib/process/platform.h"

namespace millrace::process {

class Service {
 public:
  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  virtual ~Service() = default;

  // Waits for what the service needs (saying in one line what it waits for) and begins to serve;
  // returns when it is ready. A request on `stop` ends the waiting with kCancelled. Any other
  // failure is FATAL: logged, exit status 1. Called on the main thread.
  virtual absl::Status start(std::stop_token stop) = 0;

  // SIGHUP: reads again what may be replaced while the service runs, such as certificates, and logs
  // what could not be used. Called on the main thread, after a start() that succeeded and before
  // stop(); by then the request of a signal during start() is due.
  virtual void reload() {}

  // Accepts nothing new, finishes what was accepted, joins every thread, within `deadline`; logs
  // what it had to abandon. Also called after a start() that failed. A stop() that has not returned
  // five seconds after its deadline ends the process with FATAL.
  virtual void stop(std::chrono::milliseconds deadline) = 0;
};

struct Program {
  std::string name;  // http-receiver, …: in logs, metrics, --version
  // The service's own settings; run() adds admin-listen (default 127.0.0.1:<admin_port>), log-level
  // (debug|info|warning|error) and shutdown-timeout (default 20s).
  config::SettingsTable settings;
  std::uint16_t admin_port = 0;
  std::function<std::unique_ptr<Service>(Platform&)> make_service;
  // Services that own a schema: runs the migrations and returns; offered as --migrate-only. Without
  // that flag run() does not call it: start() of such a service migrates first.
  std::function<absl::Status(Platform&, std::stop_token)> migrate;
};

// Returns the exit status: 0 after a clean stop, 1 after FATAL, 2 for wrong usage or settings. The
// first SIGTERM or SIGINT stops the service, a second one ends the process at once. Exceptions that
// reach it are FATAL.
int run(int argc, char** argv, Program program);

}  // namespace millrace::process
