// SPDX-License-Identifier: Apache-2.0
//
// The newest number of a series before a time, from which a difference is counted and a time weight
// begins. Explicit nulls, and values of the same name and another type, are passed over.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/aggregation/summary.h"
#include "lib/postgres/connection.h"
#include "lib/time_series/last_points_reader.h"

namespace millrace::query {

// Where the newest point does not have the value, so many points before it are looked at.
inline constexpr std::int64_t kMaxPointsLookedBack = 100'000;

// For one thread.
class ValuesBefore {
 public:
  // Of any of these, at most 1000 endpoints times series.
  struct Scope {
    std::int32_t application_key = 0;
    std::vector<std::string> endpoint_ids;
    std::vector<std::string> series_names;
    time::UnixMicros before;
  };

  explicit ValuesBefore(Scope scope) : scope_(std::move(scope)) {}

  // Nothing: there is none, or none among those looked at. The newest points of the whole scope are
  // read at the first call.
  absl::StatusOr<std::optional<aggregation::Point>> find(
      postgres::Connection& connection, const std::string& endpoint_id,
      const std::string& series_name, const time_series::ValueDescription& value);

 private:
  using Place = std::pair<std::string, std::string>;  // endpoint id, series name

  absl::Status read_newest(postgres::Connection& connection);
  absl::StatusOr<std::optional<aggregation::Point>> look_back(
      postgres::Connection& connection, const Place& place, time::UnixMicros before,
      const time_series::ValueDescription& value) const;

  const Scope scope_;
  bool read_ = false;
  bool complete_ = false;  // newest_ has all that there is
  std::map<Place, time_series::LastPoint> newest_;
};

}  // namespace millrace::query
