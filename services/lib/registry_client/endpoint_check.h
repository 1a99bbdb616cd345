// SPDX-License-Identifier: Apache-2.0
//
// Which application has an application version, and which endpoints are not of it: asked of the
// registry over NATS each time, for whoever speaks for endpoints without their tokens.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"

namespace millrace::registry_client {

struct CheckedEndpoints {
  // Nothing: there is no such version.
  std::optional<std::string> application_name;
  // In the order asked; of all endpoints where there is no such version nothing is said.
  std::vector<std::string> unknown_ids;
};

// Blocking requests, one for some thirty ids, each up to two seconds; the first failure ends it.
// kUnavailable: the registry is away, or of a version from before this question.
absl::StatusOr<CheckedEndpoints> check_endpoints(bus::Connection& connection,
                                                 const std::string& app_version_name,
                                                 const std::vector<std::string>& endpoint_ids);

}  // namespace millrace::registry_client
