// SPDX-License-Identifier: Apache-2.0
#include "cli/query_options.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr std::chrono::hours kDefaultLast{1};
// Where no end is given: receivers stamp the samples of a batch a microsecond apart, and clocks
// differ, so the newest points may lie a little ahead of our own clock.
constexpr std::chrono::minutes kAhead{1};

}  // namespace

void add_range_options(CLI::App& verb, RangeOptions& options) {
  auto* from = verb.add_option("--from", options.from,
                               "Start: 2026-11-23T06:00:00Z, 2026-11-23, now-7d, 1795415460; an "
                               "hour before the end otherwise");
  auto* to =
      verb.add_option("--to", options.to, "End; a minute from now otherwise, since clocks differ");
  verb.add_option("--last", options.last, "Instead of both: 90s, 15m, 24h, 7d")
      ->excludes(from)
      ->excludes(to);
}

absl::StatusOr<time::UnixMicros> parse_time_option(const std::string& option,
                                                   const std::string& text, time::UnixMicros now) {
  auto time = parse_time(text, now);
  if (time.ok()) return time;
  return wrong_usage(option + ": " + error::message(time.status()));
}

absl::StatusOr<TimeRange> parse_range(const RangeOptions& options, time::UnixMicros now) {
  TimeRange range{now - kDefaultLast, now + kAhead};
  if (!options.to.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(range.to, parse_time_option("--to", options.to, now));
    range.from = range.to - kDefaultLast;
  }
  if (!options.from.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(range.from, parse_time_option("--from", options.from, now));
  }
  if (!options.last.empty()) {
    const auto last = parse_length(options.last);
    if (!last.ok()) {
      return wrong_usage(
          fmt::format("--last: '{}' {}", options.last, error::message(last.status())));
    }
    range.from = now - std::chrono::duration_cast<std::chrono::microseconds>(*last);
  }
  if (range.from > range.to) return wrong_usage("the range is empty: --from is later than --to");
  return range;
}

std::vector<std::string> without_repeats(const std::vector<std::string>& names) {
  std::vector<std::string> distinct;
  for (const std::string& name : names) {
    if (std::find(distinct.begin(), distinct.end(), name) == distinct.end()) {
      distinct.push_back(name);
    }
  }
  return distinct;
}

absl::StatusOr<std::vector<std::string>> series_to_read(Run& run, const QueryOptions& options) {
  std::vector<std::string> names = options.series_names;
  if (names.empty()) {
    query::v1::ListTimeSeriesRequest request;
    request.set_application_name(options.application);
    for (const std::string& id : options.endpoint_ids) request.add_endpoint_ids(id);
    MILLRACE_ASSIGN_OR_RETURN(const auto all,
                              run.session.ask_query<query::v1::ListTimeSeriesResponse>(
                                  [&](auto& stub, auto& context, auto& response) {
                                    return stub.ListTimeSeries(&context, request, &response);
                                  }));
    for (const query::v1::TimeSeries& series : all.time_series()) names.push_back(series.name());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

query::v1::IncludeTime include_time_of(const QueryOptions& options) {
  static const std::map<std::string, query::v1::IncludeTime> kWords = {
      {"from", query::v1::INCLUDE_TIME_FROM},
      {"to", query::v1::INCLUDE_TIME_TO},
      {"both", query::v1::INCLUDE_TIME_BOTH},
      {"none", query::v1::INCLUDE_TIME_NONE}};
  return kWords.at(options.include_time);
}

Progress::Style progress_style(const Run& run, bool asked) {
  if (run.terminal.is_err && (asked || !run.terminal.is_out)) return Progress::Style::kOneLine;
  return asked ? Progress::Style::kLines : Progress::Style::kNone;
}

}  // namespace millrace::cli
