// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/registry_pages.h"
#include "cli/value_text.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

using registry::v1::Application;

struct AppOptions {
  std::string name;
  std::optional<std::string> display_name;
  std::optional<std::string> auto_extract;
  std::optional<double> max_uploads_per_second;
  std::optional<std::int32_t> max_upload_burst;
  std::optional<std::string> relaxed_resource_paths;
};

std::string on_or_off(bool value) {
  return value ? "on" : "off";
}

Table table_of(const google::protobuf::RepeatedPtrField<Application>& applications) {
  Table table{{"name", "display_name", "auto_extract", "rules_version", "max_uploads_per_second",
               "max_upload_burst", "relaxed_resource_paths", "created_at"},
              {}};
  for (const Application& application : applications) {
    table.rows.push_back(
        {application.name(), application.display_name(), on_or_off(application.auto_extract()),
         std::to_string(application.rules_version()),
         fmt::format("{}", application.max_uploads_per_second()),
         std::to_string(application.max_upload_burst()),
         on_or_off(application.relaxed_resource_paths()), format_time(application.created_at())});
  }
  return table;
}

// What is given of those that CreateApplication and UpdateApplication have.
template <class Request>
void fill_upload_rules(const AppOptions& options, Request& request) {
  if (options.max_uploads_per_second) {
    request.set_max_uploads_per_second(*options.max_uploads_per_second);
  }
  if (options.max_upload_burst) request.set_max_upload_burst(*options.max_upload_burst);
  if (options.relaxed_resource_paths) {
    request.set_relaxed_resource_paths(*options.relaxed_resource_paths == "on");
  }
}

absl::Status print(Output& output, const Application& application) {
  google::protobuf::RepeatedPtrField<Application> one;
  *one.Add() = application;
  return output.print(application, table_of(one));
}

absl::Status create(Run& run, const AppOptions& options) {
  registry::v1::CreateApplicationRequest request;
  request.set_name(options.name);
  request.set_display_name(options.display_name.value_or(""));
  request.set_auto_extract(options.auto_extract == "on");
  fill_upload_rules(options, request);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto application,
      run.session.ask_registry<Application>([&](auto& stub, auto& context, auto& response) {
        return stub.CreateApplication(&context, request, &response);
      }));
  return print(run.output, application);
}

absl::Status list(Run& run) {
  MILLRACE_ASSIGN_OR_RETURN(const auto all,
                            all_pages(run.session, registry::v1::ListApplicationsRequest(),
                                      &registry::v1::Registry::Stub::ListApplications));
  return run.output.print(all, table_of(all.applications()));
}

absl::Status show(Run& run, const AppOptions& options) {
  registry::v1::GetApplicationRequest request;
  request.set_name(options.name);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto application,
      run.session.ask_registry<Application>([&](auto& stub, auto& context, auto& response) {
        return stub.GetApplication(&context, request, &response);
      }));
  return print(run.output, application);
}

absl::Status set(Run& run, const AppOptions& options) {
  if (!options.display_name && !options.auto_extract && !options.max_uploads_per_second &&
      !options.max_upload_burst && !options.relaxed_resource_paths) {
    return wrong_usage(
        "nothing to set: give --auto-extract, --display-name, --max-uploads-per-second, "
        "--max-upload-burst or --relaxed-resource-paths");
  }
  registry::v1::UpdateApplicationRequest request;
  request.set_name(options.name);
  if (options.display_name) request.set_display_name(*options.display_name);
  if (options.auto_extract) request.set_auto_extract(*options.auto_extract == "on");
  fill_upload_rules(options, request);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto application,
      run.session.ask_registry<Application>([&](auto& stub, auto& context, auto& response) {
        return stub.UpdateApplication(&context, request, &response);
      }));
  return print(run.output, application);
}

void add_fields(CLI::App& verb, AppOptions& options) {
  verb.add_option("--display-name", options.display_name, "A name for people");
  verb.add_option(
          "--auto-extract", options.auto_extract,
          "Whether each numeric field at the root of a sample becomes a series; off at first")
      ->check(CLI::IsMember({"on", "off"}));
  verb.add_option("--max-uploads-per-second", options.max_uploads_per_second,
                  "Of each endpoint, at each receiver; more are answered with 429; 0: no limit");
  verb.add_option("--max-upload-burst", options.max_upload_burst,
                  "So many uploads may come at once after a pause; 0: those of a second");
  verb.add_option("--relaxed-resource-paths", options.relaxed_resource_paths,
                  "Whether .../json/<anything> is taken as .../json; off at first")
      ->check(CLI::IsMember({"on", "off"}));
}

}  // namespace

void add_app_commands(Commands& commands) {
  CLI::App& noun = *commands.root.add_subcommand("app", "Applications");
  noun.require_subcommand(1);
  const auto options = std::make_shared<AppOptions>();

  CLI::App& create_verb = *noun.add_subcommand("create", "Makes an application");
  create_verb.add_option("NAME", options->name, "1 to 63 of a-z 0-9 - _")->required();
  add_fields(create_verb, *options);
  create_verb.footer("Example:\n  millrace app create greenhouse --auto-extract on");
  create_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return create(run, *options); };
  });

  CLI::App& list_verb = *noun.add_subcommand("list", "Lists all applications");
  list_verb.footer("Example:\n  millrace app list --format json");
  list_verb.callback([&commands] { commands.command = list; });

  CLI::App& show_verb = *noun.add_subcommand("show", "Shows one application");
  show_verb.add_option("NAME", options->name, "The application")->required();
  show_verb.footer("Example:\n  millrace app show greenhouse");
  show_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return show(run, *options); };
  });

  CLI::App& set_verb =
      *noun.add_subcommand("set", "Changes an application; what is not given stays");
  set_verb.add_option("NAME", options->name, "The application")->required();
  add_fields(set_verb, *options);
  set_verb.footer(
      "Example:\n  millrace app set greenhouse --auto-extract off\n"
      "  millrace app set greenhouse --max-uploads-per-second 0.5 --max-upload-burst 10");
  set_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return set(run, *options); };
  });
}

}  // namespace millrace::cli
