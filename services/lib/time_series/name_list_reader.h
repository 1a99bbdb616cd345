// SPDX-License-Identifier: Apache-2.0
//
// Names to choose from: of applications and endpoints that ever stored a point.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"

namespace millrace::time_series {

struct NameQuery {
  // Only these applications; empty: all.
  std::vector<std::string> application_names;
  // Part of the name, in any case of letters; empty: all.
  std::string filter;
  std::int64_t limit = 1000;  // at least 1
};

// In the database's order of names.
absl::StatusOr<std::vector<std::string>> list_application_names(postgres::Connection& connection,
                                                                const NameQuery& query);
// Each id once, of all these applications together, in order. Reads them through where the filter
// fits few.
absl::StatusOr<std::vector<std::string>> list_endpoint_ids(postgres::Connection& connection,
                                                           const NameQuery& query);

}  // namespace millrace::time_series
