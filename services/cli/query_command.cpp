// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/point_printer.h"
#include "cli/session.h"
#include "cli/value_text.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr std::chrono::hours kDefaultLast{1};
// Where no end is given: receivers stamp the samples of a batch a microsecond apart, and clocks
// differ, so the newest points may lie a little ahead of our own clock.
constexpr std::chrono::minutes kAhead{1};
// Series that one request may name: query refuses more.
constexpr std::size_t kMaxSeries = 1000;

using Names = std::span<const std::string>;

struct QueryOptions {
  std::string application;
  std::vector<std::string> endpoint_ids;
  std::vector<std::string> series_names;
  std::string from;
  std::string to;
  std::string last;
  std::string order = "ascending";
  std::string include_time = "from";
  std::int64_t limit = 0;
};

const std::map<std::string, query::v1::Order> kOrders = {
    {"ascending", query::v1::ORDER_ASCENDING}, {"descending", query::v1::ORDER_DESCENDING}};
const std::map<std::string, query::v1::IncludeTime> kIncludeTimes = {
    {"from", query::v1::INCLUDE_TIME_FROM},
    {"to", query::v1::INCLUDE_TIME_TO},
    {"both", query::v1::INCLUDE_TIME_BOTH},
    {"none", query::v1::INCLUDE_TIME_NONE}};

absl::StatusOr<time::UnixMicros> time_of(const std::string& option, const std::string& text,
                                         time::UnixMicros now) {
  auto time = parse_time(text, now);
  if (time.ok()) return time;
  return wrong_usage(option + ": " + error::message(time.status()));
}

absl::Status set_range(const QueryOptions& options, time::UnixMicros now,
                       query::v1::GetDataPointsRequest& request) {
  time::UnixMicros to = now + kAhead;
  if (!options.to.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(to, time_of("--to", options.to, now));
  }
  time::UnixMicros from = (options.to.empty() ? now : to) - kDefaultLast;
  if (!options.from.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(from, time_of("--from", options.from, now));
  }
  if (!options.last.empty()) {
    const auto last = parse_length(options.last);
    if (!last.ok()) {
      return wrong_usage(
          fmt::format("--last: '{}' {}", options.last, error::message(last.status())));
    }
    from = now - std::chrono::duration_cast<std::chrono::microseconds>(*last);
  }
  if (from > to) return wrong_usage("the range is empty: --from is later than --to");
  *request.mutable_from() = to_timestamp(from);
  *request.mutable_to() = to_timestamp(to);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> all_series(Run& run, const QueryOptions& options) {
  query::v1::ListTimeSeriesRequest request;
  request.set_application_name(options.application);
  for (const std::string& id : options.endpoint_ids) request.add_endpoint_ids(id);
  MILLRACE_ASSIGN_OR_RETURN(const auto all,
                            run.session.ask_query<query::v1::ListTimeSeriesResponse>(
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.ListTimeSeries(&context, request, &response);
                                }));
  std::vector<std::string> names;
  for (const query::v1::TimeSeries& series : all.time_series()) names.push_back(series.name());
  return names;
}

// In the order of their first mention.
std::vector<std::string> without_repeats(const std::vector<std::string>& names) {
  std::vector<std::string> distinct;
  for (const std::string& name : names) {
    if (std::find(distinct.begin(), distinct.end(), name) == distinct.end()) {
      distinct.push_back(name);
    }
  }
  return distinct;
}

// Points of any number of series. What one request cannot name is asked for endpoint by endpoint,
// slice by slice, so that the points come in the order of one answer.
class PointReader {
 public:
  PointReader(Run& run, query::v1::GetDataPointsRequest request, PointPrinter& printer)
      : run_(run), request_(std::move(request)), printer_(printer), left_(request_.limit()) {}

  absl::Status read(Names endpoint_ids, Names series_names);

 private:
  absl::Status read_slice(Names endpoint_ids, Names series_names);

  Run& run_;
  query::v1::GetDataPointsRequest request_;
  PointPrinter& printer_;
  std::int64_t left_;  // of the limit, where there is one
};

absl::Status PointReader::read(Names endpoint_ids, Names series_names) {
  const std::size_t endpoints_at_once =
      series_names.size() <= kMaxSeries ? endpoint_ids.size() : std::size_t{1};
  for (; !endpoint_ids.empty(); endpoint_ids = endpoint_ids.subspan(endpoints_at_once)) {
    for (Names rest = series_names; !rest.empty();) {
      const Names slice = rest.first(std::min(rest.size(), kMaxSeries));
      MILLRACE_RETURN_IF_ERROR(read_slice(endpoint_ids.first(endpoints_at_once), slice));
      if (request_.limit() > 0 && left_ <= 0) return absl::OkStatus();
      rest = rest.subspan(slice.size());
    }
  }
  return absl::OkStatus();
}

absl::Status PointReader::read_slice(Names endpoint_ids, Names series_names) {
  request_.mutable_endpoint_ids()->Assign(endpoint_ids.begin(), endpoint_ids.end());
  request_.mutable_time_series_names()->Assign(series_names.begin(), series_names.end());
  if (request_.limit() > 0) request_.set_limit(left_);
  return run_.session.stream_points(request_, [this](query::v1::DataPointsChunk& chunk) {
    left_ -= chunk.timestamps_us_size();
    return printer_.add(chunk);
  });
}

absl::Status query(Run& run, const QueryOptions& options) {
  query::v1::GetDataPointsRequest request;
  request.set_application_name(options.application);
  request.set_limit(options.limit);
  request.set_order(kOrders.at(options.order));
  request.set_include_time(kIncludeTimes.at(options.include_time));
  MILLRACE_RETURN_IF_ERROR(set_range(options, run.clock.now(), request));
  std::vector<std::string> series_names = options.series_names;
  if (series_names.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(series_names, all_series(run, options));
  }
  // As query answers: each endpoint once, series in byte order.
  const std::vector<std::string> endpoint_ids = without_repeats(options.endpoint_ids);
  std::sort(series_names.begin(), series_names.end());
  series_names.erase(std::unique(series_names.begin(), series_names.end()), series_names.end());

  PointPrinter printer(run.output, endpoint_ids, series_names);
  // Without a series there is nothing to ask for.
  MILLRACE_RETURN_IF_ERROR(
      PointReader(run, std::move(request), printer).read(endpoint_ids, series_names));
  return printer.end();
}

void add_range_options(CLI::App& verb, QueryOptions& options) {
  auto* from =
      verb.add_option("--from", options.from,
                      "Start: 2026-11-23T06:00:00Z, 2026-11-23, now-7d; an hour before the "
                      "end otherwise");
  auto* to =
      verb.add_option("--to", options.to, "End; a minute from now otherwise, since clocks differ");
  verb.add_option("--last", options.last, "Instead of both: 90s, 15m, 24h, 7d")
      ->excludes(from)
      ->excludes(to);
  verb.add_option("--include-time", options.include_time, "Which ends of the range belong to it")
      ->check(CLI::IsMember(kIncludeTimes))
      ->capture_default_str();
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
  add_range_options(verb, *options);
  verb.add_option("--order", options->order, "Order of time within each endpoint and series")
      ->check(CLI::IsMember(kOrders))
      ->capture_default_str();
  verb.add_option("--limit", options->limit, "Most points to show; 0: no limit")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb.footer(
      "Examples:\n"
      "  millrace query --app greenhouse --endpoint station-7\n"
      "  millrace query --app greenhouse --endpoint station-7 --series auto~temperature --last "
      "15m\n"
      "  millrace query --app greenhouse --endpoint station-7 --from now-7d --format csv > "
      "week.csv\n"
      "\n"
      "JSON is an array of DataPointsChunk, printed as they arrive. CSV has one line for each "
      "value;\n"
      "a value that is null or absent has none.");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return query(run, *options); };
  });
}

}  // namespace millrace::cli
