// SPDX-License-Identifier: Apache-2.0
//
// What could be found out about a deployment at one moment, each piece with its failure: this is
// asked for when something is away.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/bus/streams.h"
#include "lib/time/clock.h"
#include "lib/time_series/database_state.h"
#include "lib/time_series/ledger.h"

#include "millrace/status/v1/status.pb.h"

namespace millrace::query {

struct Deployment {
  time::UnixMicros now;
  // Every process that answered.
  absl::StatusOr<std::vector<status::v1::ServiceStatus>> services;
  absl::StatusOr<bus::StreamState> stream;
  absl::StatusOr<bus::ConsumerState> consumer;
  absl::StatusOr<time_series::DatabaseState> database;
  // Read just before the stream was asked. Nothing: no epts has begun one.
  absl::StatusOr<std::optional<time_series::Ledger>> ledger;
  // Nothing: it could not be told.
  std::optional<std::int64_t> difference;
  absl::StatusOr<std::vector<time_series::RejectionCount>> rejections;
};

// How long processes have to answer.
inline constexpr std::chrono::milliseconds kGatherWait{1000};

// Runs a reading on a connection to PostgreSQL.
using ReadDatabase =
    std::function<absl::Status(const std::function<absl::Status(postgres::Connection&)>&)>;

// Takes kGatherWait and a moment; longer only where PostgreSQL or JetStream is silent.
Deployment look_at_deployment(bus::Connection& bus, const ReadDatabase& read,
                              const time::Clock& clock);

}  // namespace millrace::query
