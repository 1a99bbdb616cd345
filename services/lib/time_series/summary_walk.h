// SPDX-License-Identifier: Apache-2.0
//
// What RollupReader finds of a series, sorted for its caller: runs of quarters whose summaries he
// takes, and between them ranges whose points have to be read. Internal to lib/time_series:
// RangeReader is built on it.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/reader.h"
#include "lib/time_series/rollup_reader.h"
#include "lib/time_series/series_catalogue_reader.h"

namespace millrace::time_series {

// Whether the summary of a whole quarter of an hour will do, instead of its points.
using TakesSummary = std::function<bool(const TimeRange&)>;

// One of the two.
struct SummaryRun {
  std::vector<RollupPart> summaries;  // covered, in order of time
  TimeRange points;                   // of which the points are to be read
};

// For one thread; the connection may be another one in each step.
class SummaryWalk {
 public:
  SummaryWalk(StoredSeries series, TimeRange range, TakesSummary takes);

  const StoredSeries& series() const { return series_; }
  // In order of time, without gaps. One statement at most. Nothing: the end. After a failure it may
  // be repeated.
  absl::StatusOr<std::optional<SummaryRun>> next(postgres::Connection& connection);

 private:
  void add(RollupPart part);

  const StoredSeries series_;
  const TakesSummary takes_;
  RollupReader reader_;
  std::deque<SummaryRun> runs_;
};

}  // namespace millrace::time_series
