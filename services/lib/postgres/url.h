// SPDX-License-Identifier: Apache-2.0
//
// Where a database is, as libpq has it: postgresql://user:password@host:port/database?parameters.
#pragma once

#include <string>

#include <absl/status/status.h>

namespace millrace::postgres {

// kInvalidArgument when libpq cannot read `url`, or would take a part of the password for a host, a
// port or a database. The message quotes nothing of it, neither does it have libpq's words: they
// may hold the password. For declarations of settings as well.
absl::Status check_url(const std::string& url);

}  // namespace millrace::postgres
