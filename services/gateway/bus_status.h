// SPDX-License-Identifier: Apache-2.0
//
// How the gateway is, told over NATS to `millrace doctor` and the dashboard's health page. The
// gateway serves without NATS, so the connection is made beside it, and is no condition of its
// readiness.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "lib/bus/connection.h"
#include "lib/process/platform.h"
#include "lib/status/status_responder.h"

namespace millrace::gateway {

class BusStatus {
 public:
  // `platform` must outlive it.
  BusStatus(std::string nats_url, std::string instance_name, process::Platform& platform);
  ~BusStatus();
  BusStatus(const BusStatus&) = delete;
  BusStatus& operator=(const BusStatus&) = delete;

  void start();
  // Joins the thread and ends the connection.
  void stop();

 private:
  void run(const std::stop_token& stop);

  const std::string nats_url_;
  const std::string instance_name_;
  process::Platform& platform_;
  process::Readiness bus_readiness_;  // of the connection alone
  process::Platform bus_platform_;
  std::unique_ptr<bus::Connection> bus_;
  std::unique_ptr<status::StatusResponder> responder_;
  std::jthread thread_;  // the only one that makes the two above
};

}  // namespace millrace::gateway
