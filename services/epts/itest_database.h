// SPDX-License-Identifier: Apache-2.0
//
// The database of this folder's integration tests, given by --database-url; the schema time_series
// in it is made anew.
#pragma once

#include <memory>
#include <string>

#include "epts/settings.h"
#include "lib/postgres/connection.h"

namespace millrace::epts {

const Settings& itest_settings();
// Without the schema.
void drop_schema();
// With it, as a new one.
void make_schema();
void run_sql(const std::string& sql);
// The first value of the first row, as text.
std::string ask(const std::string& sql);

}  // namespace millrace::epts
