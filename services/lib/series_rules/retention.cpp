// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/retention.h"

#include <algorithm>
#include <cstdint>

namespace millrace::series_rules {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<milliseconds> retention_of(const configuration::v1::SeriesRules& rules) {
  if (rules.retention_seconds() == 0) return std::nullopt;
  // In whole seconds, which cannot overflow.
  return std::clamp<seconds>(seconds{rules.retention_seconds()}, kShortestRetention,
                             kLongestRetention);
}

}  // namespace millrace::series_rules
