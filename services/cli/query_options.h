// SPDX-License-Identifier: Apache-2.0
//
// What `millrace query`, `tail` and `chart` have in common: ranges of time, and which series are
// meant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "cli/command_line.h"
#include "cli/progress.h"
#include "cli/value_text.h"
#include "lib/time/clock.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::cli {

// As typed; empty where nothing was.
struct RangeOptions {
  std::string from;
  std::string to;
  std::string last;
};
void add_range_options(CLI::App& verb, RangeOptions& options);

struct TimeRange {
  time::UnixMicros from;
  time::UnixMicros to;
};
// Without anything typed the hour before now, and a minute ahead of it: clocks differ. Faults are
// wrong_usage().
absl::StatusOr<TimeRange> parse_range(const RangeOptions& options, time::UnixMicros now);
// The time in `text`; a fault names `option`.
absl::StatusOr<time::UnixMicros> parse_time_option(const std::string& option,
                                                   const std::string& text, time::UnixMicros now);

template <class Request>
void set_range(const TimeRange& range, Request& request);

struct QueryOptions {
  std::string application;
  std::vector<std::string> endpoint_ids;
  std::vector<std::string> series_names;
  RangeOptions range;
  std::string order = "ascending";
  std::string include_time = "from";
  std::int64_t limit = 0;
  bool progress = false;
  // Of windows; where none of them is given, points are shown.
  std::string every;
  std::string functions;
  std::string fill;
  std::string time_zone;
  bool across = false;

  bool wants_windows() const { return !every.empty() || !functions.empty(); }
};

// In the order of their first mention.
std::vector<std::string> without_repeats(const std::vector<std::string>& names);

// Those that were named, or else all that the endpoints have; as query answers: in byte order.
absl::StatusOr<std::vector<std::string>> series_to_read(Run& run, const QueryOptions& options);

// What `--include-time` says.
query::v1::IncludeTime include_time_of(const QueryOptions& options);

// Lines on a terminal that does not show the answer itself, or where it was asked for.
Progress::Style progress_style(const Run& run, bool asked);

// `millrace query` with windows: aggregate_command.cpp.
absl::Status query_aggregates(Run& run, const QueryOptions& options);

template <class Request>
void set_range(const TimeRange& range, Request& request) {
  *request.mutable_from() = to_timestamp(range.from);
  *request.mutable_to() = to_timestamp(range.to);
}

}  // namespace millrace::cli
