// SPDX-License-Identifier: Apache-2.0
//
// Whether series rules may take effect: the same answer for whoever asks, before they are applied
// (registry) or tried (query).
#pragma once

#include <absl/status/statusor.h>

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::series_rules {

// `rules` with defaults filled in: value names, types, format and fallback; paths in their bare
// form. kInvalidArgument lists every fault, each on a line with its field as the configuration file
// writes it ("names.location.values[1].path: …"), the first 20 of them.
absl::StatusOr<configuration::v1::SeriesRules> check(const configuration::v1::SeriesRules& rules);

}  // namespace millrace::series_rules
