// SPDX-License-Identifier: Apache-2.0
//
// What a request for the activity of endpoints may say, and what it means. Every refusal is
// kInvalidArgument whose message begins with the field's name. Pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

struct WantedActivity {
  std::string application_name;
  std::vector<std::string> endpoint_ids;  // without repeats, in the order asked
  std::chrono::seconds window{0};
};

absl::StatusOr<WantedActivity> check(const v1::ListEndpointActivityRequest& request);

}  // namespace millrace::query
