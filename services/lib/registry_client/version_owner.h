// SPDX-License-Identifier: Apache-2.0
//
// Which application has an application version, asked of the registry over NATS each time: for
// questions of people, not for the way of samples.
#pragma once

#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"

namespace millrace::registry_client {

// One blocking request, up to two seconds. Nothing: there is no such version. kUnavailable: the
// registry is away.
absl::StatusOr<std::optional<std::string>> owner_of_version(bus::Connection& connection,
                                                            const std::string& app_version_name);

}  // namespace millrace::registry_client
