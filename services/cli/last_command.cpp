// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/point_printer.h"
#include "cli/session.h"
#include "cli/value_text.h"
#include "cli/wrong_usage.h"
#include "lib/csv/point_rows.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr std::int32_t kMaxLimit = 100'000;

struct LastOptions {
  std::string application;
  std::vector<std::string> endpoint_ids;
  std::vector<std::string> series_names;
  std::string before;
  std::int32_t limit = 10'000;
};

absl::Status last(Run& run, const LastOptions& options) {
  query::v1::GetLastDataPointsRequest request;
  request.set_application_name(options.application);
  for (const std::string& id : options.endpoint_ids) request.add_endpoint_ids(id);
  for (const std::string& name : options.series_names) request.add_time_series_names(name);
  request.set_limit(options.limit);
  if (!options.before.empty()) {
    const auto before = parse_time(options.before, run.clock.now());
    if (!before.ok()) return wrong_usage("--before: " + error::message(before.status()));
    *request.mutable_before() = to_timestamp(*before);
  }
  MILLRACE_ASSIGN_OR_RETURN(const auto found,
                            run.session.ask_query<query::v1::GetLastDataPointsResponse>(
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.GetLastDataPoints(&context, request, &response);
                                }));
  Table table{csv::point_columns(), {}};
  for (const query::v1::LastDataPoint& point : found.data_points()) {
    for (const query::v1::NamedValue& value : point.values()) {
      table.rows.push_back({format_time(point.timestamp()), point.endpoint_id(),
                            point.time_series_name(), value.name(), value_text(value)});
    }
  }
  MILLRACE_RETURN_IF_ERROR(run.output.print(found, table));
  if (found.data_points_size() >= options.limit) {
    run.note(
        fmt::format("this ends after {} points; there may be more: give a higher --limit (at "
                    "most {}), or --endpoint and --series",
                    options.limit, kMaxLimit));
  }
  return absl::OkStatus();
}

}  // namespace

void add_last_command(Commands& commands) {
  CLI::App& verb =
      *commands.root.add_subcommand("last", "Shows the newest point of each endpoint and series");
  const auto options = std::make_shared<LastOptions>();
  verb.add_option("--app", options->application, "The application")->required();
  verb.add_option("--endpoint", options->endpoint_ids,
                  "An endpoint id; may be repeated; all otherwise")
      ->allow_extra_args(false);
  verb.add_option("--series", options->series_names,
                  "A series name; may be repeated; all otherwise")
      ->allow_extra_args(false);
  verb.add_option("--before", options->before,
                  "Only points before this time: 2026-11-23T06:00:00Z, now-7d");
  verb.add_option("--limit", options->limit, "Most points to show")
      ->check(CLI::Range(1, kMaxLimit))
      ->capture_default_str();
  verb.footer(
      "Examples:\n"
      "  millrace last --app greenhouse\n"
      "  millrace last --app greenhouse --endpoint station-7 --series auto~temperature");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return last(run, *options); };
  });
}

}  // namespace millrace::cli
