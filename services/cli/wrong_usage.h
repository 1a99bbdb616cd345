// SPDX-License-Identifier: Apache-2.0
//
// Faults of the command line that the parser cannot see: they end with exit status 2.
#pragma once

#include <string>

#include <absl/status/status.h>

namespace millrace::cli {

absl::Status wrong_usage(const std::string& message);
bool is_wrong_usage(const absl::Status& status);

}  // namespace millrace::cli
