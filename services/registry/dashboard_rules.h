// SPDX-License-Identifier: Apache-2.0
//
// What a dashboard may hold: the bounds of dashboard.proto. Whether its endpoints and series exist
// is not looked at: they may come later. Pure.
#pragma once

#include <cstddef>
#include <string>

#include <absl/status/statusor.h>

#include "millrace/registry/v1/dashboard.pb.h"

namespace millrace::registry {

inline constexpr std::size_t kMaxDashboardBytes = 256 << 10;
inline constexpr int kMaxWidgets = 100;
inline constexpr int kMaxSources = 100;
inline constexpr int kMaxThresholds = 20;

// What of `given` is kept: title and widgets, without fields that this program does not know.
// kInvalidArgument names the field, as dashboard.widgets[2].sources[0].color.
absl::StatusOr<v1::Dashboard> check_dashboard(const v1::Dashboard& given);

// A UUID in its usual form, whatever the case of letters.
absl::Status check_dashboard_id(const std::string& field, const std::string& value);

}  // namespace millrace::registry
