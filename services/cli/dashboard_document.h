// SPDX-License-Identifier: Apache-2.0
//
// Dashboards as a person hands them over, and gets them: proto3 JSON of the message Dashboard, as
// the web dashboard exports and imports it.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "millrace/registry/v1/dashboard.pb.h"

namespace millrace::cli {

// `name`: what messages call the document. kInvalidArgument: it is none, or has a field that is not
// known.
absl::StatusOr<registry::v1::Dashboard> read_dashboard(const std::string& name,
                                                       const std::string& json);

}  // namespace millrace::cli
