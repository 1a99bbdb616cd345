// SPDX-License-Identifier: Apache-2.0
//
// `millrace query` where windows are asked for.
#include <string>
#include <vector>

#include "cli/query_options.h"
#include "cli/session.h"
#include "cli/sliced_reader.h"
#include "cli/window_printer.h"
#include "cli/window_text.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

absl::StatusOr<query::v1::AggregateRequest> request_of(const QueryOptions& options,
                                                       time::UnixMicros now) {
  query::v1::AggregateRequest request;
  request.set_application_name(options.application);
  request.set_limit(options.limit);
  request.set_include_time(include_time_of(options));
  request.set_time_zone(options.time_zone);
  request.set_across_endpoints(options.across);
  if (options.order != "ascending") {
    return wrong_usage("--order: windows come in ascending order only");
  }
  if (!options.every.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(*request.mutable_window(), parse_window(options.every));
  }
  MILLRACE_ASSIGN_OR_RETURN(const auto functions,
                            parse_functions(options.functions.empty() ? "avg" : options.functions));
  request.mutable_aggregations()->Assign(functions.begin(), functions.end());
  MILLRACE_ASSIGN_OR_RETURN(const query::v1::Fill fill, parse_fill(options.fill));
  request.set_fill(fill);
  MILLRACE_ASSIGN_OR_RETURN(const TimeRange range, parse_range(options.range, now));
  set_range(range, request);
  return request;
}

}  // namespace

absl::Status query_aggregates(Run& run, const QueryOptions& options) {
  MILLRACE_ASSIGN_OR_RETURN(const auto request, request_of(options, run.clock.now()));
  const std::vector<std::string> endpoint_ids = without_repeats(options.endpoint_ids);
  MILLRACE_ASSIGN_OR_RETURN(const auto series_names, series_to_read(run, options));
  if (options.across && series_names.size() > kMaxSeriesAtOnce) {
    return wrong_usage(
        "--across: over 1000 series are too many for one result; name some with --series");
  }
  WindowNames names{options.across ? std::vector<std::string>{} : endpoint_ids, series_names, {}};
  for (const query::v1::Aggregation& one : request.aggregations()) {
    names.functions.push_back(function_word(one));
  }
  WindowPrinter printer(run.output, names);
  using Reader = SlicedReader<query::v1::AggregateRequest, query::v1::AggregateChunk>;
  const Reader::Stream stream = [&run](const auto& one, const auto& each) {
    return run.session.stream_windows(one, each);
  };
  const Reader::Each print = [&printer](const auto& chunk) { return printer.add(chunk); };
  Progress progress(run.err, run.clock, progress_style(run, options.progress));
  const absl::Status status =
      Reader(run, request, stream, print).read(endpoint_ids, series_names, progress);
  progress.end();
  MILLRACE_RETURN_IF_ERROR(status);
  return printer.end();
}

}  // namespace millrace::cli
