// SPDX-License-Identifier: Apache-2.0
//
// The series rules of applications, asked of the registry over NATS, cached, and dropped on change
// events.
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::registry_client {

// Safe to use from any thread.
class RulesDirectory {
 public:
  static absl::StatusOr<std::unique_ptr<RulesDirectory>> create(bus::Connection& connection,
                                                                process::Platform& platform);
  virtual ~RulesDirectory() = default;

  // Cached rules, or one blocking request to the registry. Rules whose event may have been missed
  // (reconnection, 30 s old) are asked again, and used on while the registry is away. kNotFound: no
  // such application. kUnavailable: never known and the registry is away.
  virtual absl::StatusOr<std::shared_ptr<const configuration::v1::SeriesRules>> rules(
      const std::string& application_name) = 0;

  // For what cannot be undone: the rules as the registry has them now, asked in any case, one
  // blocking request. kNotFound: no such application. kUnavailable: the registry is away, whatever
  // was known before; within a second of such a failure nothing is asked.
  virtual absl::StatusOr<std::shared_ptr<const configuration::v1::SeriesRules>> current_rules(
      const std::string& application_name) = 0;
};

}  // namespace millrace::registry_client
