// SPDX-License-Identifier: Apache-2.0
//
// What a request for charts may say, and what it means. Every refusal is kInvalidArgument whose
// message begins with the field's name. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/aggregation/windows.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

struct ChartQuery {
  std::string application_name;
  std::vector<std::string> endpoint_ids;
  std::vector<std::string> series_names;
  // Empty: all.
  std::vector<std::string> value_names;
  aggregation::Span range;
  std::size_t max_points = 0;
};

absl::StatusOr<ChartQuery> check(const v1::GetChartRequest& request);

}  // namespace millrace::query
