// SPDX-License-Identifier: Apache-2.0
//
// What all stores share: how long they wait, and times in the API's form.
#pragma once

#include <chrono>
#include <stop_token>

#include <google/protobuf/timestamp.pb.h>

#include "lib/postgres/connection.h"
#include "lib/process/platform.h"
#include "lib/time/clock.h"
#include "registry/settings.h"

namespace millrace::registry {

// For a free connection of the pool.
inline constexpr std::chrono::milliseconds kConnectionWait{2000};

// Short limits: callers give up after a few seconds anyway.
postgres::ConnectionOptions database_options(const Settings& settings);

google::protobuf::Timestamp to_timestamp(time::UnixMicros time);

// Brings the schema `registry` up to date, waiting while PostgreSQL is away. kCancelled: `stop`.
absl::Status migrate(const Settings& settings, process::Platform& platform, std::stop_token stop);

}  // namespace millrace::registry
