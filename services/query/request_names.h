// SPDX-License-Identifier: Apache-2.0
//
// Lists of names in a request. Every refusal is kInvalidArgument whose message begins with the
// field's name. Pure.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <google/protobuf/repeated_ptr_field.h>

#include "query/request_field.h"

namespace millrace::query {

inline constexpr int kMaxNames = 1000;
// Longer than any name of a series or of a value that epts makes.
inline constexpr std::size_t kMaxSeriesNameBytes = 512;

struct NameRule {
  const char* field = "";
  std::size_t max_bytes = 0;
  int max_names = kMaxNames;
};

inline constexpr NameRule kEndpointIds{"endpoint_ids", kMaxEndpointIdBytes};
inline constexpr NameRule kSeriesNames{"time_series_names", kMaxSeriesNameBytes};
inline constexpr NameRule kValueNames{"value_names", kMaxSeriesNameBytes};

using Names = google::protobuf::RepeatedPtrField<std::string>;

// Without repeats, in the order given.
absl::StatusOr<std::vector<std::string>> checked_names(const NameRule& rule, const Names& given);
// At least one.
absl::StatusOr<std::vector<std::string>> some_names(const NameRule& rule, const Names& given);

absl::Status check_application(const std::string& name);

}  // namespace millrace::query
