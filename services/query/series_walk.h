// SPDX-License-Identifier: Apache-2.0
//
// Reads points of a range step by step as RangeReader does, and says where a series of an endpoint
// ends and the next one begins.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/time_series/range_reader.h"

namespace millrace::query {

struct WalkStep {
  enum class Kind {
    kNothing,    // call again
    kPoints,     // of the series named, or summaries; perhaps none
    kSeriesEnd,  // of the series named: it has no more
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string endpoint_id;
  std::string series_name;
  time_series::PointBatch points;
  // As in RangeStep.
  std::vector<time_series::RollupPart> summaries = {};
};

// For one thread; the connection may be another one in each step.
class SeriesWalk {
 public:
  explicit SeriesWalk(time_series::RangeQuery query) : reader_(std::move(query)) {}

  // After a failure the step may be repeated.
  absl::StatusOr<WalkStep> next(postgres::Connection& connection);

 private:
  struct Place {
    std::string endpoint_id;
    std::string series_name;
    bool operator==(const Place&) const = default;
  };

  WalkStep end_of_series();
  WalkStep points_of(time_series::RangeStep step);

  time_series::RangeReader reader_;
  std::optional<Place> open_;
  std::optional<time_series::RangeStep> held_;  // read already, of the series behind open_
};

}  // namespace millrace::query
