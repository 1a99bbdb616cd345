// SPDX-License-Identifier: Apache-2.0
//
// What a request to store points may say: the bounds of put_data_points.proto. Every refusal is
// kInvalidArgument whose message begins with the field's name. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

inline constexpr std::size_t kMaxPutBytes = std::size_t{1} << 20;
inline constexpr int kMaxPutSeries = 1000;
inline constexpr int kMaxPutPoints = 10'000;

absl::Status check(const v1::PutDataPointsRequest& request);

// Of a request that was checked: each once, in the order of the request.
std::vector<std::string> endpoint_ids_of(const v1::PutDataPointsRequest& request);

}  // namespace millrace::query
