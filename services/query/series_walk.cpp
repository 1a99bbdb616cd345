// SPDX-License-Identifier: Apache-2.0
#include "query/series_walk.h"

#include <limits>
#include <utility>

#include "lib/error/error.h"

namespace millrace::query {

absl::StatusOr<WalkStep> SeriesWalk::next(postgres::Connection& connection) {
  if (held_) return points_of(*std::exchange(held_, std::nullopt));
  MILLRACE_ASSIGN_OR_RETURN(auto step,
                            reader_.next(connection, std::numeric_limits<std::int64_t>::max()));
  if (!step) return open_ ? end_of_series() : WalkStep{};
  if (step->endpoint_id.empty()) {
    return open_ ? end_of_series() : WalkStep{WalkStep::Kind::kNothing, {}, {}, {}};
  }
  if (open_ && *open_ != Place{step->endpoint_id, step->series_name}) {
    held_ = std::move(step);
    return end_of_series();
  }
  return points_of(*std::move(step));
}

WalkStep SeriesWalk::end_of_series() {
  const Place ended = *std::exchange(open_, std::nullopt);
  return {WalkStep::Kind::kSeriesEnd, ended.endpoint_id, ended.series_name, {}};
}

WalkStep SeriesWalk::points_of(time_series::RangeStep step) {
  open_ = Place{step.endpoint_id, step.series_name};
  return {WalkStep::Kind::kPoints, std::move(step.endpoint_id), std::move(step.series_name),
          std::move(step.points), std::move(step.summaries)};
}

}  // namespace millrace::query
