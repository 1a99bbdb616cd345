// SPDX-License-Identifier: Apache-2.0
//
// When to try again what failed because something was full.
#pragma once

#include <chrono>
#include <optional>

#include <absl/status/status.h>

namespace millrace::error {

// Marks a failure after which the same call may succeed once `wait` has passed: others are about to
// leave what was full. Not for what was too large in itself. Goes on through prefixed().
absl::Status with_retry_after(absl::Status status, std::chrono::milliseconds wait);
// Nothing: not marked.
std::optional<std::chrono::milliseconds> retry_after(const absl::Status& status);

}  // namespace millrace::error
