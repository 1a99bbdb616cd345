// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/summary_walk.h"

#include <utility>

#include "lib/error/error.h"

namespace millrace::time_series {

SummaryWalk::SummaryWalk(StoredSeries series, TimeRange range, TakesSummary takes)
    : series_(std::move(series)), takes_(std::move(takes)), reader_(series_, range) {}

absl::StatusOr<std::optional<SummaryRun>> SummaryWalk::next(postgres::Connection& connection) {
  while (runs_.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(auto parts, reader_.next(connection));
    if (!parts) return std::nullopt;
    for (RollupPart& part : *parts) add(std::move(part));
  }
  SummaryRun run = std::move(runs_.front());
  runs_.pop_front();
  return run;
}

void SummaryWalk::add(RollupPart part) {
  const bool taken = part.covered() && takes_(part.range);
  if (runs_.empty() || runs_.back().summaries.empty() == taken) {
    runs_.push_back({{}, part.range});
  }
  if (taken) {
    runs_.back().summaries.push_back(std::move(part));
  } else {
    runs_.back().points.to = part.range.to;
  }
}

}  // namespace millrace::time_series
