// SPDX-License-Identifier: Apache-2.0
//
// Time zones by their names in the tz database, of which the machine has a copy (Debian: tzdata).
#pragma once

#include <string>

#include <absl/status/statusor.h>
#include <absl/time/time.h>

namespace millrace::aggregation {

// Empty: UTC. kInvalidArgument without a field's name: no time zone of this machine. Safe to call
// from any thread.
absl::StatusOr<absl::TimeZone> load_time_zone(const std::string& name);

}  // namespace millrace::aggregation
