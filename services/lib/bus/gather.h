// SPDX-License-Identifier: Apache-2.0
//
// One question to everybody who listens, and whatever answers come within a moment.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"

namespace millrace::bus {

// Further answers are not waited for.
inline constexpr std::size_t kMaxGatheredAnswers = 1000;

// The answers that come within `wait`, in order of arrival; none where nobody listens, which is
// known at once. Who does not answer is not known. Blocks for all of `wait` where anybody listens.
// kUnavailable: not connected.
absl::StatusOr<std::vector<std::string>> gather(Connection& connection, const std::string& subject,
                                                std::string_view question,
                                                std::chrono::milliseconds wait,
                                                const time::Clock& clock);

}  // namespace millrace::bus
