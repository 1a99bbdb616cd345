// SPDX-License-Identifier: Apache-2.0
//
// Times of a request, and its range made half-open. Every refusal is kInvalidArgument whose message
// begins with the field's name. Pure.
#pragma once

#include <string>

#include <absl/status/statusor.h>
#include <google/protobuf/timestamp.pb.h>

#include "lib/time_series/reader.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

absl::Status check_time(const std::string& field, const google::protobuf::Timestamp& time);
// Points lie on whole microseconds. The first one at or after `time`.
time::UnixMicros at_or_after(const google::protobuf::Timestamp& time);
bool is_later(const google::protobuf::Timestamp& a, const google::protobuf::Timestamp& b);

// Null: not set, which is refused.
struct RangeFields {
  const google::protobuf::Timestamp* from = nullptr;
  const google::protobuf::Timestamp* to = nullptr;
  v1::IncludeTime include_time = v1::INCLUDE_TIME_UNSPECIFIED;
};
absl::StatusOr<time_series::TimeRange> checked_range(const RangeFields& fields);

template <class Request>
absl::StatusOr<time_series::TimeRange> range_of(const Request& request) {
  return checked_range({request.has_from() ? &request.from() : nullptr,
                        request.has_to() ? &request.to() : nullptr, request.include_time()});
}

}  // namespace millrace::query
