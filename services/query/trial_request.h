// SPDX-License-Identifier: Apache-2.0
//
// What a request to try series rules may say, and what it means. Every refusal is kInvalidArgument
// whose message begins with the field's name. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include <absl/status/statusor.h>

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

struct TriedUpload {
  std::string json;
  std::uint32_t sample_count = 0;
};

struct TriedRejected {
  std::string endpoint_id;  // empty: of any
  std::string reason;       // empty: any
  int limit = 0;
};

struct TriedNext {
  std::string endpoint_id;
  int limit = 0;
  std::chrono::seconds timeout{0};
};

struct TrialRequest {
  std::string application_name;
  // Checked. Nothing: those in force.
  std::optional<configuration::v1::SeriesRules> rules;
  std::variant<TriedUpload, TriedRejected, TriedNext> source;
};

absl::StatusOr<TrialRequest> check(const v1::TrySeriesRulesRequest& request);

}  // namespace millrace::query
