// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/dashboard_document.h"
#include "cli/document.h"
#include "cli/registry_pages.h"
#include "cli/value_text.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

using registry::v1::Dashboard;

// The registry takes 256 KiB, which JSON makes some times larger.
constexpr std::size_t kMaxDocumentBytes = 4 << 20;

struct DashboardOptions {
  std::string id;
  std::string application;
  std::string file;
  std::string replaced_id;
  std::int64_t expected_version = 0;
};

Table table_of(const google::protobuf::RepeatedPtrField<Dashboard>& dashboards) {
  Table table{{"dashboard_id", "application_name", "title", "version", "updated_at", "updated_by"},
              {}};
  for (const Dashboard& dashboard : dashboards) {
    table.rows.push_back({dashboard.dashboard_id(), dashboard.application_name(), dashboard.title(),
                          std::to_string(dashboard.version()), format_time(dashboard.updated_at()),
                          dashboard.updated_by()});
  }
  return table;
}

absl::Status print(Run& run, const Dashboard& dashboard) {
  google::protobuf::RepeatedPtrField<Dashboard> one;
  *one.Add() = dashboard;
  return run.output.print(dashboard, table_of(one));
}

absl::Status list(Run& run, const DashboardOptions& options) {
  registry::v1::ListDashboardsRequest request;
  request.set_application_name(options.application);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto all,
      all_pages(run.session, request, &registry::v1::Registry::Stub::ListDashboards));
  return run.output.print(all, table_of(all.dashboards()));
}

// A document, whatever --format says.
absl::Status export_one(Run& run, const DashboardOptions& options) {
  registry::v1::GetDashboardRequest request;
  request.set_dashboard_id(options.id);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto dashboard,
      run.session.ask_registry<Dashboard>([&](auto& stub, auto& context, auto& response) {
        return stub.GetDashboard(&context, request, &response);
      }));
  MILLRACE_ASSIGN_OR_RETURN(const std::string json, to_json(dashboard, JsonStyle::kPretty));
  MILLRACE_RETURN_IF_ERROR(run.output.write(json + "\n"));
  return run.output.flush();
}

absl::StatusOr<Dashboard> create(Run& run, const Dashboard& dashboard) {
  registry::v1::CreateDashboardRequest request;
  *request.mutable_dashboard() = dashboard;
  return run.session.ask_registry<Dashboard>([&](auto& stub, auto& context, auto& response) {
    return stub.CreateDashboard(&context, request, &response);
  });
}

absl::StatusOr<Dashboard> replace(Run& run, const Dashboard& dashboard,
                                  std::int64_t expected_version) {
  registry::v1::UpdateDashboardRequest request;
  *request.mutable_dashboard() = dashboard;
  request.set_expected_version(expected_version);
  return run.session.ask_registry<Dashboard>([&](auto& stub, auto& context, auto& response) {
    return stub.UpdateDashboard(&context, request, &response);
  });
}

absl::Status import_one(Run& run, const DashboardOptions& options) {
  MILLRACE_ASSIGN_OR_RETURN(const std::string json,
                            read_document(options.file, run.in, kMaxDocumentBytes));
  MILLRACE_ASSIGN_OR_RETURN(Dashboard dashboard, read_dashboard(document_name(options.file), json));
  if (!options.replaced_id.empty()) {
    dashboard.set_dashboard_id(options.replaced_id);
    // Whichever it is of: the document may be from another server.
    dashboard.set_application_name(options.application);
    MILLRACE_ASSIGN_OR_RETURN(const Dashboard replaced,
                              replace(run, dashboard, options.expected_version));
    return print(run, replaced);
  }
  if (!options.application.empty()) dashboard.set_application_name(options.application);
  if (dashboard.application_name().empty()) {
    return wrong_usage("--app is missing: the document does not say of which application it is");
  }
  MILLRACE_ASSIGN_OR_RETURN(const Dashboard created, create(run, dashboard));
  return print(run, created);
}

absl::Status remove(Run& run, const DashboardOptions& options) {
  registry::v1::DeleteDashboardRequest request;
  request.set_dashboard_id(options.id);
  MILLRACE_ASSIGN_OR_RETURN(const auto deleted,
                            run.session.ask_registry<registry::v1::DeleteDashboardResponse>(
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.DeleteDashboard(&context, request, &response);
                                }));
  return run.output.print(deleted, Table{{"dashboard_id"}, {{options.id}}});
}

using Verb = absl::Status (*)(Run&, const DashboardOptions&);
using Options = std::shared_ptr<DashboardOptions>;

void run_with(Commands& commands, CLI::App& app, const Options& options, Verb verb) {
  app.callback([&commands, options, verb] {
    commands.command = [options, verb](Run& run) { return verb(run, *options); };
  });
}

CLI::App& add_verb_with_id(CLI::App& noun, const std::string& verb, const std::string& help,
                           const Options& options) {
  CLI::App& app = *noun.add_subcommand(verb, help);
  app.add_option("ID", options->id, "The dashboard's id, as dashboard list has it")->required();
  return app;
}

void add_import(Commands& commands, CLI::App& noun, const Options& options) {
  CLI::App& app = *noun.add_subcommand(
      "import", "Makes a dashboard of a file, or replaces one by it, and shows which it is");
  app.add_option("FILE", options->file, "JSON, as export prints it; '-': standard input")
      ->required();
  app.add_option("--app", options->application,
                 "Its application; not needed if the file names the right one");
  CLI::Option* const replaced =
      app.add_option("--replace", options->replaced_id, "The id of the dashboard to replace");
  app.add_option("--expect-version", options->expected_version,
                 "Refuse if the dashboard to replace has another version")
      ->check(CLI::PositiveNumber)
      ->needs(replaced);
  app.footer(
      "Examples:\n"
      "  millrace dashboard import pumps.json --app greenhouse\n"
      "  millrace dashboard import pumps.json --replace 6f1c9d4e-7d0c-4e51-9f5d-0d9a4a3d9a11");
  run_with(commands, app, options, import_one);
}

}  // namespace

void add_dashboard_commands(Commands& commands) {
  CLI::App& noun =
      *commands.root.add_subcommand("dashboard", "Dashboards of the web dashboard, as documents");
  noun.require_subcommand(1);
  const auto options = std::make_shared<DashboardOptions>();

  CLI::App& list_verb =
      *noun.add_subcommand("list", "Lists an application's dashboards, in order of title");
  list_verb.add_option("--app", options->application, "The application")->required();
  list_verb.footer("Example:\n  millrace dashboard list --app greenhouse");
  run_with(commands, list_verb, options, list);

  CLI::App& export_verb =
      add_verb_with_id(noun, "export", "Prints one as JSON, whatever --format says", options);
  export_verb.footer(
      "Example:\n"
      "  millrace dashboard export 6f1c9d4e-7d0c-4e51-9f5d-0d9a4a3d9a11 > pumps.json");
  run_with(commands, export_verb, options, export_one);

  add_import(commands, noun, options);

  CLI::App& delete_verb = add_verb_with_id(noun, "delete", "Deletes one for ever", options);
  delete_verb.footer("Example:\n  millrace dashboard delete 6f1c9d4e-7d0c-4e51-9f5d-0d9a4a3d9a11");
  run_with(commands, delete_verb, options, remove);
}

}  // namespace millrace::cli
