// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/value_text.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

struct SeriesOptions {
  std::string application;
  std::vector<std::string> endpoint_ids;
  bool extent = false;
};

std::string word(query::v1::ValueType type) {
  switch (type) {
    case query::v1::VALUE_TYPE_NUMBER:
      return "number";
    case query::v1::VALUE_TYPE_STRING:
      return "string";
    case query::v1::VALUE_TYPE_BOOLEAN:
      return "boolean";
    default:
      return "unknown";
  }
}

absl::Status list(Run& run, const SeriesOptions& options) {
  query::v1::ListTimeSeriesRequest request;
  request.set_application_name(options.application);
  for (const std::string& id : options.endpoint_ids) request.add_endpoint_ids(id);
  if (options.extent && options.endpoint_ids.empty()) {
    return wrong_usage(
        "--extent: costs a look into the data of each endpoint: name some with "
        "--endpoint");
  }
  request.set_with_extent(options.extent);
  MILLRACE_ASSIGN_OR_RETURN(const auto all,
                            run.session.ask_query<query::v1::ListTimeSeriesResponse>(
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.ListTimeSeries(&context, request, &response);
                                }));
  Table table{{"series", "value_name", "type", "unit", "description"}, {}};
  if (options.extent) {
    for (const char* column : {"first_time", "last_time", "estimated_points"}) {
      table.columns.emplace_back(column);
    }
  }
  for (const query::v1::TimeSeries& series : all.time_series()) {
    for (const query::v1::ValueDescription& value : series.values()) {
      table.rows.push_back(
          {series.name(), value.name(), word(value.type()), value.unit(), value.description()});
      if (!options.extent) continue;
      const query::v1::TimeSeriesExtent& extent = series.extent();
      table.rows.back().push_back(format_time(extent.first_time()));
      table.rows.back().push_back(format_time(extent.last_time()));
      table.rows.back().push_back(series.has_extent() ? std::to_string(extent.estimated_points())
                                                      : "");
    }
  }
  return run.output.print(all, table);
}

}  // namespace

void add_series_commands(Commands& commands) {
  CLI::App& noun =
      *commands.root.add_subcommand("series", "Time series, and the rules that make them");
  noun.require_subcommand(1);
  const auto options = std::make_shared<SeriesOptions>();
  CLI::App& list_verb = *noun.add_subcommand("list", "Lists the series that have points");
  list_verb.add_option("--app", options->application, "The application")->required();
  list_verb
      .add_option("--endpoint", options->endpoint_ids,
                  "Only series of this endpoint; may be repeated")
      ->allow_extra_args(false);
  list_verb.add_flag("--extent", options->extent,
                     "Also when each begins and ends at these endpoints, and about how many points "
                     "it has");
  list_verb.footer("Example:\n  millrace series list --app greenhouse --endpoint station-7");
  list_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return list(run, *options); };
  });
  add_series_rules_verbs(commands, noun);
  add_series_try_verb(commands, noun);
}

}  // namespace millrace::cli
