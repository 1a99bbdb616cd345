// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/point_printer.h"
#include "cli/query_options.h"
#include "cli/session.h"
#include "cli/sliced_reader.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

const std::map<std::string, query::v1::Order> kOrders = {
    {"ascending", query::v1::ORDER_ASCENDING}, {"descending", query::v1::ORDER_DESCENDING}};

absl::Status query_points(Run& run, const QueryOptions& options) {
  query::v1::GetDataPointsRequest request;
  request.set_application_name(options.application);
  request.set_limit(options.limit);
  request.set_order(kOrders.at(options.order));
  request.set_include_time(include_time_of(options));
  MILLRACE_ASSIGN_OR_RETURN(const TimeRange range, parse_range(options.range, run.clock.now()));
  set_range(range, request);
  MILLRACE_ASSIGN_OR_RETURN(const auto series_names, series_to_read(run, options));
  // As query answers: each endpoint once.
  const std::vector<std::string> endpoint_ids = without_repeats(options.endpoint_ids);

  PointPrinter printer(run.output, endpoint_ids, series_names);
  using Reader = SlicedReader<query::v1::GetDataPointsRequest, query::v1::DataPointsChunk>;
  const Reader::Stream stream = [&run](const auto& one, const auto& each) {
    return run.session.stream_points(one, each);
  };
  const Reader::Each print = [&printer](const auto& chunk) { return printer.add(chunk); };
  Progress progress(run.err, run.clock, progress_style(run, options.progress));
  const absl::Status status =
      Reader(run, request, stream, print).read(endpoint_ids, series_names, progress);
  progress.end();
  MILLRACE_RETURN_IF_ERROR(status);
  return printer.end();
}

absl::Status query(Run& run, const QueryOptions& options) {
  if (options.wants_windows()) return query_aggregates(run, options);
  if (!options.fill.empty() || !options.time_zone.empty() || options.across) {
    return wrong_usage(
        "--fill, --time-zone and --across are about windows: give --every or --function too");
  }
  return query_points(run, options);
}

void add_window_options(CLI::App& verb, QueryOptions& options) {
  verb.add_option("--every", options.every,
                  "Windows instead of points: 500ms, 15m, 24h; of the calendar 1d, 2w, 1month, 1y");
  verb.add_option("--function", options.functions,
                  "What is told of each window, separated by commas: avg (otherwise), min, max, "
                  "sum, count, first, last, stddev, delta, increase, rate, time-weighted-avg, "
                  "median, p95; without --every of the whole range");
  verb.add_option("--fill", options.fill,
                  "What is said of a window without points: none, null, previous, linear");
  verb.add_option("--time-zone", options.time_zone,
                  "Of windows, as in the tz database: Europe/Berlin; UTC otherwise");
  verb.add_flag("--across", options.across, "One result for all endpoints together");
}

}  // namespace

void add_query_command(Commands& commands) {
  CLI::App& verb = *commands.root.add_subcommand(
      "query", "Shows the points of a range; without one, those of the last hour");
  const auto options = std::make_shared<QueryOptions>();
  verb.add_option("--app", options->application, "The application")->required();
  verb.add_option("--endpoint", options->endpoint_ids, "An endpoint id; may be repeated")
      ->allow_extra_args(false)
      ->required();
  verb.add_option("--series", options->series_names,
                  "A series name; may be repeated; all series otherwise")
      ->allow_extra_args(false);
  add_range_options(verb, options->range);
  verb.add_option("--include-time", options->include_time, "Which ends of the range belong to it")
      ->check(CLI::IsMember({"from", "to", "both", "none"}))
      ->capture_default_str();
  add_window_options(verb, *options);
  verb.add_option("--order", options->order, "Order of time within each endpoint and series")
      ->check(CLI::IsMember(kOrders))
      ->capture_default_str();
  verb.add_option("--limit", options->limit, "Most points or windows to show; 0: no limit")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb.add_flag("--progress", options->progress,
                "Tells on stderr how far it has come, also where that is no terminal");
  verb.footer(
      "Examples:\n"
      "  millrace query --app greenhouse --endpoint station-7\n"
      "  millrace query --app greenhouse --endpoint station-7 --series auto~temperature --last "
      "15m\n"
      "  millrace query --app greenhouse --endpoint station-7 --from now-7d --format csv > "
      "week.csv\n"
      "  millrace query --app greenhouse --endpoint station-7 --last 30d --every 1d --function "
      "avg,max,p95 --time-zone Europe/Berlin\n"
      "\n"
      "JSON is an array of DataPointsChunk, printed as they arrive. CSV has one line for each "
      "value;\n"
      "a value that is null or absent has none.");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return query(run, *options); };
  });
}

}  // namespace millrace::cli
