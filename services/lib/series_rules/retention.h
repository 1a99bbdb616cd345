// SPDX-License-Identifier: Apache-2.0
//
// How long series rules keep points.
#pragma once

#include <chrono>
#include <optional>

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::series_rules {

inline constexpr std::chrono::hours kShortestRetention{1};
inline constexpr std::chrono::hours kLongestRetention = std::chrono::days{36'500};

// Nothing: as long as the deployment says. Always within the bounds, whatever the registry said.
std::optional<std::chrono::milliseconds> retention_of(const configuration::v1::SeriesRules& rules);

}  // namespace millrace::series_rules
