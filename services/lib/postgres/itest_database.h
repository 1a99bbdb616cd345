// SPDX-License-Identifier: Apache-2.0
//
// The database of the integration tests, from --database-url.
#pragma once

#include <memory>
#include <string>

#include "lib/postgres/connection.h"

namespace millrace::postgres {

ConnectionOptions itest_options();
// A connection, or the end of the test program.
std::unique_ptr<Connection> itest_connect();

}  // namespace millrace::postgres
