// SPDX-License-Identifier: Apache-2.0
//
// Connections to PostgreSQL and the schema time_series, which epts owns.
#pragma once

#include <stop_token>

#include <absl/status/status.h>

#include "epts/settings.h"
#include "lib/postgres/connection.h"
#include "lib/process/platform.h"

namespace millrace::epts {

postgres::ConnectionOptions database_options(const Settings& settings);

// Brings the schema up to date, waiting while PostgreSQL is away. kCancelled: `stop`.
absl::Status migrate(const Settings& settings, process::Platform& platform, std::stop_token stop);

}  // namespace millrace::epts
