// SPDX-License-Identifier: Apache-2.0
//
// The database of the integration tests: made for this program in the server of --database-url,
// with schema time_series as the migrations make it, and dropped at the end.
#pragma once

#include <memory>

#include "lib/postgres/connection.h"

namespace millrace::time_series {

postgres::ConnectionOptions itest_options();
// A connection, or the end of the test program.
std::unique_ptr<postgres::Connection> itest_connect();

}  // namespace millrace::time_series
