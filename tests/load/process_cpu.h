// SPDX-License-Identifier: Apache-2.0
//
// How much CPU other processes of this machine have used, as the kernel counts it (in hundredths of
// a second).
#pragma once

#include <absl/status/statusor.h>

namespace millrace::load {

// User and system time of all its threads, seconds. An error says which process cannot be read.
absl::StatusOr<double> cpu_seconds(int pid);

}  // namespace millrace::load
