// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cli/commands.h"
#include "cli/registry_pages.h"
#include "cli/value_text.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

using registry::v1::AppVersion;

struct AppVersionOptions {
  std::string name;
  std::string application;
};

Table table_of(const google::protobuf::RepeatedPtrField<AppVersion>& versions) {
  Table table{{"name", "application_name", "created_at"}, {}};
  for (const AppVersion& version : versions) {
    table.rows.push_back(
        {version.name(), version.application_name(), format_time(version.created_at())});
  }
  return table;
}

absl::Status create(Run& run, const AppVersionOptions& options) {
  registry::v1::CreateAppVersionRequest request;
  request.set_application_name(options.application);
  request.set_name(options.name);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto version,
      run.session.ask_registry<AppVersion>([&](auto& stub, auto& context, auto& response) {
        return stub.CreateAppVersion(&context, request, &response);
      }));
  google::protobuf::RepeatedPtrField<AppVersion> one;
  *one.Add() = version;
  return run.output.print(version, table_of(one));
}

absl::Status list(Run& run, const AppVersionOptions& options) {
  registry::v1::ListAppVersionsRequest request;
  request.set_application_name(options.application);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto all,
      all_pages(run.session, request, &registry::v1::Registry::Stub::ListAppVersions));
  return run.output.print(all, table_of(all.app_versions()));
}

}  // namespace

void add_app_version_commands(Commands& commands) {
  CLI::App& noun = *commands.root.add_subcommand("app-version", "Application versions");
  noun.require_subcommand(1);
  const auto options = std::make_shared<AppVersionOptions>();

  CLI::App& create_verb = *noun.add_subcommand("create", "Makes a version of an application");
  create_verb.add_option("NAME", options->name, "1 to 63 of a-z 0-9 - _; devices send it")
      ->required();
  create_verb.add_option("--app", options->application, "The application")->required();
  create_verb.footer("Example:\n  millrace app-version create greenhouse-v1 --app greenhouse");
  create_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return create(run, *options); };
  });

  CLI::App& list_verb = *noun.add_subcommand("list", "Lists the versions");
  list_verb.add_option("--app", options->application, "Only of this application");
  list_verb.footer("Example:\n  millrace app-version list --app greenhouse");
  list_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return list(run, *options); };
  });
}

}  // namespace millrace::cli
