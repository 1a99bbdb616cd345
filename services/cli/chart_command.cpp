// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/chart_drawing.h"
#include "cli/chart_printer.h"
#include "cli/commands.h"
#include "cli/query_options.h"
#include "cli/session.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr int kUsualColumns = 80;
constexpr int kMaxRows = 100;

struct ChartOptions {
  std::string application;
  std::string endpoint_id;
  std::vector<std::string> series_names;
  RangeOptions range;
  int columns = 0;
  int rows = 12;
  bool ascii = false;
};

absl::Status chart(Run& run, const ChartOptions& options) {
  query::v1::GetChartRequest request;
  request.set_application_name(options.application);
  request.add_endpoint_ids(options.endpoint_id);
  for (const std::string& name : without_repeats(options.series_names)) {
    request.add_time_series_names(name);
  }
  MILLRACE_ASSIGN_OR_RETURN(const TimeRange range, parse_range(options.range, run.clock.now()));
  set_range(range, request);
  ChartSize size;
  size.columns = options.columns > 0        ? options.columns
                 : run.terminal.columns > 0 ? run.terminal.columns
                                            : kUsualColumns;
  size.columns = std::clamp(size.columns, kMinChartColumns, kMaxChartColumns);
  size.rows = options.rows;
  size.ascii = options.ascii;
  // Four points for each column of dots, of which a character has two.
  request.set_max_points(8 * size.columns);
  ChartPrinter printer(run.output, range, size);
  MILLRACE_RETURN_IF_ERROR(run.session.stream_chart(
      request, [&printer](query::v1::ChartChunk& chunk) { return printer.add(chunk); }));
  return printer.end();
}

}  // namespace

void add_chart_command(Commands& commands) {
  CLI::App& verb = *commands.root.add_subcommand(
      "chart", "Draws series as lines; without a range, the last hour");
  const auto options = std::make_shared<ChartOptions>();
  verb.add_option("APP,--app", options->application, "The application")->required();
  verb.add_option("ENDPOINT,--endpoint", options->endpoint_id, "The endpoint")->required();
  verb.add_option("SERIES,--series", options->series_names, "Series, each drawn by itself")
      ->required();
  add_range_options(verb, options->range);
  verb.add_option("--width", options->columns,
                  fmt::format("Characters across, {} to {}; as wide as the terminal otherwise",
                              kMinChartColumns, kMaxChartColumns))
      ->check(CLI::Range(kMinChartColumns, kMaxChartColumns));
  verb.add_option("--height", options->rows, "Lines of the plot, 2 to 100")
      ->check(CLI::Range(2, kMaxRows))
      ->capture_default_str();
  verb.add_flag("--ascii", options->ascii, "Plain characters instead of dots");
  verb.footer(
      "Examples:\n"
      "  millrace chart greenhouse station-7 auto~temperature\n"
      "  millrace chart greenhouse station-7 auto~temperature auto~humidity --last 7d --ascii\n"
      "\n"
      "JSON is an array of ChartChunk. CSV has one line for each point drawn.");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return chart(run, *options); };
  });
}

}  // namespace millrace::cli
