// SPDX-License-Identifier: Apache-2.0
#include "gateway/bus_status.h"

#include <utility>

#include "lib/error/error.h"

namespace millrace::gateway {

BusStatus::BusStatus(std::string nats_url, std::string instance_name, process::Platform& platform)
    : nats_url_(std::move(nats_url)),
      instance_name_(std::move(instance_name)),
      platform_(platform),
      bus_platform_{platform.log, platform.metrics, bus_readiness_, platform.clock} {}

BusStatus::~BusStatus() {
  stop();
}

void BusStatus::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void BusStatus::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  responder_.reset();
  bus_.reset();
}

void BusStatus::run(const std::stop_token& stop) {
  absl::StatusOr<std::unique_ptr<bus::Connection>> connected =
      bus::Connection::connect({nats_url_, instance_name_}, bus_platform_, stop);
  if (stop.stop_requested()) return;
  if (!connected.ok()) {
    return platform_.log.error("cannot say over NATS how this process is",
                               {{"error", error::message(connected.status())}});
  }
  bus_ = *std::move(connected);
  absl::StatusOr<std::unique_ptr<status::StatusResponder>> responder =
      status::StatusResponder::start(*bus_, {"gateway", instance_name_}, nullptr, platform_);
  if (responder.ok()) {
    responder_ = *std::move(responder);
  } else {
    platform_.log.error("cannot say over NATS how this process is",
                        {{"error", error::message(responder.status())}});
  }
}

}  // namespace millrace::gateway
