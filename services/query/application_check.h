// SPDX-License-Identifier: Apache-2.0
//
// Whether an application exists that never stored anything: only the registry knows.
#pragma once

#include <string>

#include <absl/status/status.h>

#include "lib/registry_client/rules_directory.h"

namespace millrace::query {

absl::Status no_such_application(const std::string& name);

// kNotFound: it does not; else the registry cannot be asked.
absl::Status check_application_exists(registry_client::RulesDirectory& applications,
                                      const std::string& name);

}  // namespace millrace::query
