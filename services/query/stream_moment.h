// SPDX-License-Identifier: Apache-2.0
//
// How far everything that came in is stored, asked of JetStream and PostgreSQL.
#pragma once

#include <chrono>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/postgres/pool.h"
#include "query/live_feed.h"

namespace millrace::query {

// kUnavailable: one of them is away, or epts has not begun a ledger of the stream as it is now.
// kFailedPrecondition: PostgreSQL is a replica, which may be behind what was announced.
absl::StatusOr<StreamMoment> look_at_stream(bus::Connection& bus, postgres::Pool& pool,
                                            std::chrono::milliseconds connection_wait);

}  // namespace millrace::query
