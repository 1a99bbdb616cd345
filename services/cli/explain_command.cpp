// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/point_printer.h"
#include "cli/session.h"
#include "cli/value_text.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

using Sample = query::v1::ExplainedSample;

struct ExplainOptions {
  std::string endpoint_id;
  std::string app_version_name;
  std::string application;
  std::int32_t limit = 10;
};

std::string fate_text(const Sample& sample) {
  switch (sample.fate()) {
    case Sample::FATE_REFUSED:
      return "refused";
    case Sample::FATE_IN_FLIGHT:
      return "in flight";
    case Sample::FATE_STORED:
      return "stored";
    case Sample::FATE_MERGED:
      return "merged";
    case Sample::FATE_REJECTED:
      return sample.partly_stored() ? "stored in part" : "rejected";
    case Sample::FATE_EMPTY:
      return "empty";
    default:
      return "?";
  }
}

// "auto~temperature=23 place.lat=1.5"; the name `value` is not said.
std::string points_text(const Sample& sample) {
  std::string text;
  for (const query::v1::TriedPoint& point : sample.data_points()) {
    for (const query::v1::NamedValue& value : point.values()) {
      text += text.empty() ? "" : " ";
      text += point.time_series_name();
      if (value.name() != "value") text += "." + value.name();
      const bool is_null = value.kind_case() == query::v1::NamedValue::KIND_NOT_SET;
      text += fmt::format("={}", is_null ? "null" : value_text(value));
    }
  }
  return text;
}

std::string detail_text(const Sample& sample) {
  const std::string points = points_text(sample);
  if (!points.empty()) return points;
  if (sample.fate() != Sample::FATE_REJECTED) return sample.detail();
  return sample.reason() + ": " + sample.detail();
}

absl::StatusOr<std::string> application_of(Run& run, const ExplainOptions& options) {
  if (!options.application.empty()) return options.application;
  registry::v1::GetEndpointRequest request;
  request.set_endpoint_id(options.endpoint_id);
  const auto endpoint = run.session.ask_registry<registry::v1::Endpoint>(
      [&](auto& stub, auto& context, auto& response) {
        return stub.GetEndpoint(&context, request, &response);
      });
  if (endpoint.ok()) return endpoint->application_name();
  return error::prefixed("cannot find the application of endpoint " + options.endpoint_id +
                             " (--app tells it without the registry)",
                         endpoint.status());
}

absl::Status explain(Run& run, const ExplainOptions& options) {
  if (options.endpoint_id.empty() == options.app_version_name.empty()) {
    return wrong_usage("give an endpoint, or --app-version");
  }
  query::v1::ExplainEndpointRequest request;
  request.set_limit(options.limit);
  if (options.endpoint_id.empty()) {
    request.set_app_version_name(options.app_version_name);
  } else {
    request.set_endpoint_id(options.endpoint_id);
    MILLRACE_ASSIGN_OR_RETURN(*request.mutable_application_name(), application_of(run, options));
  }
  MILLRACE_ASSIGN_OR_RETURN(const auto found,
                            run.session.ask_query<query::v1::ExplainEndpointResponse>(
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.ExplainEndpoint(&context, request, &response);
                                }));
  Table table{{"received_at", "time", "samples", "fate", "detail", "correlation_id"}, {}};
  for (const Sample& sample : found.samples()) {
    table.rows.push_back({format_time(sample.received_at()), format_time(sample.timestamp()),
                          std::to_string(sample.sample_count()), fate_text(sample),
                          detail_text(sample), sample.correlation_id()});
  }
  MILLRACE_RETURN_IF_ERROR(run.output.print(found, table));
  for (const std::string& gap : found.gaps()) run.note(gap);
  return absl::OkStatus();
}

}  // namespace

void add_explain_command(Commands& commands) {
  CLI::App& verb = *commands.root.add_subcommand(
      "explain", "Says what became of the newest samples of an endpoint, each of them");
  const auto options = std::make_shared<ExplainOptions>();
  verb.add_option("endpoint", options->endpoint_id, "The endpoint id");
  verb.add_option("--app", options->application,
                  "Its application; asked of the registry otherwise");
  verb.add_option(
      "--app-version", options->app_version_name,
      "Instead of an endpoint: uploads that named this version with a token that nobody "
      "knows");
  verb.add_option("--limit", options->limit, "Most samples of each kind of fate")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  verb.footer(
      "Fates: refused at the door, in flight, stored, merged into a later sample of the same\n"
      "instant, rejected, empty (no series rule takes anything from it).\n"
      "Examples:\n"
      "  millrace explain station-7\n"
      "  millrace explain --app-version greenhouse-v1");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return explain(run, *options); };
  });
}

}  // namespace millrace::cli
