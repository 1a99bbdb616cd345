// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/rules_document.h"
#include "cli/session.h"
#include "cli/value_text.h"
#include "lib/error/error.h"
#include "lib/rules_file/rules_writer.h"
#include "lib/series_rules/rules_diff.h"

namespace millrace::cli {
namespace {

using registry::v1::SeriesRulesVersion;

constexpr std::int64_t kMaxPageSize = 1000;

struct RulesOptions {
  std::string application;
  std::string file;
  std::string comment;
  std::int64_t expected_version = 0;
  bool dry_run = false;
  std::int64_t version = 0;
  std::int64_t from_version = 0;
  std::int64_t to_version = 0;
  std::int64_t limit = 20;
};

// Without the rules: `show` prints those.
Table table_of(const google::protobuf::RepeatedPtrField<SeriesRulesVersion>& versions) {
  Table table{{"application_name", "version", "created_at", "created_by", "comment"}, {}};
  for (const SeriesRulesVersion& version : versions) {
    table.rows.push_back(
        {version.application_name(), std::to_string(version.series_rules().version()),
         format_time(version.created_at()), version.created_by(), version.comment()});
  }
  return table;
}

absl::Status apply(Run& run, const RulesOptions& options) {
  MILLRACE_ASSIGN_OR_RETURN(const RulesDocument document,
                            read_rules_document(run, options.file, options.application));
  registry::v1::ApplySeriesRulesRequest request;
  request.set_application_name(document.application_name);
  *request.mutable_series_rules() = document.rules;
  request.set_expected_version(options.expected_version);
  request.set_comment(options.comment);
  request.set_validate_only(options.dry_run);
  google::protobuf::RepeatedPtrField<SeriesRulesVersion> one;
  MILLRACE_ASSIGN_OR_RETURN(
      *one.Add(),
      run.session.ask_registry<SeriesRulesVersion>([&](auto& stub, auto& context, auto& response) {
        return stub.ApplySeriesRules(&context, request, &response);
      }));
  MILLRACE_RETURN_IF_ERROR(run.output.print(one[0], table_of(one)));
  if (options.dry_run) {
    run.note(
        fmt::format("the rules are in order; nothing was changed, version {} is in force; "
                    "series diff --file shows what would change",
                    one[0].series_rules().version()));
  }
  return absl::OkStatus();
}

std::string file_of(const SeriesRulesVersion& version) {
  std::string about = fmt::format("# Series rules of application {}, version {}, made {}",
                                  version.application_name(), version.series_rules().version(),
                                  format_time(version.created_at()));
  if (!version.created_by().empty()) about += " by " + version.created_by();
  if (!version.comment().empty()) about += ": " + version.comment();
  return about + "\n" + rules_file::write_rules_file(version.series_rules());
}

absl::Status show(Run& run, const RulesOptions& options) {
  registry::v1::GetSeriesRulesRequest request;
  request.set_application_name(options.application);
  request.set_version(options.version);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto version,
      run.session.ask_registry<SeriesRulesVersion>([&](auto& stub, auto& context, auto& response) {
        return stub.GetSeriesRules(&context, request, &response);
      }));
  if (run.output.format() == Format::kTable) {
    MILLRACE_RETURN_IF_ERROR(run.output.write(file_of(version)));
    return run.output.flush();
  }
  Table table{{"field", "value"}, {}};
  for (const auto& [field, text] : series_rules::fields_of(version.series_rules())) {
    table.rows.push_back({field, text});
  }
  return run.output.print(version, table);
}

absl::Status history(Run& run, const RulesOptions& options) {
  registry::v1::ListSeriesRulesVersionsRequest request;
  request.set_application_name(options.application);
  registry::v1::ListSeriesRulesVersionsResponse all;
  do {
    const std::int64_t left = options.limit - all.versions_size();
    request.set_page_size(static_cast<std::int32_t>(std::min(left, kMaxPageSize)));
    request.set_page_token(all.next_page_token());
    MILLRACE_ASSIGN_OR_RETURN(
        const auto page, run.session.ask_registry<registry::v1::ListSeriesRulesVersionsResponse>(
                             [&](auto& stub, auto& context, auto& response) {
                               return stub.ListSeriesRulesVersions(&context, request, &response);
                             }));
    all.clear_next_page_token();
    all.MergeFrom(page);
  } while (!all.next_page_token().empty() && all.versions_size() < options.limit);
  MILLRACE_RETURN_IF_ERROR(run.output.print(all, table_of(all.versions())));
  if (!all.next_page_token().empty()) {
    run.note(
        fmt::format("this ends after the newest {} versions; there are more: give a higher "
                    "--limit",
                    all.versions_size()));
  }
  return absl::OkStatus();
}

absl::Status diff(Run& run, const RulesOptions& options) {
  registry::v1::DiffSeriesRulesRequest request;
  request.set_application_name(options.application);
  request.set_from_version(options.from_version);
  request.set_to_version(options.to_version);
  if (!options.file.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(const RulesDocument document,
                              read_rules_document(run, options.file, options.application));
    *request.mutable_to() = document.rules;
  }
  MILLRACE_ASSIGN_OR_RETURN(const auto answer,
                            run.session.ask_registry<registry::v1::DiffSeriesRulesResponse>(
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.DiffSeriesRules(&context, request, &response);
                                }));
  Table table{{"field", "before", "after"}, {}};
  for (const auto& change : answer.changes()) {
    table.rows.push_back({change.field(), change.before(), change.after()});
  }
  MILLRACE_RETURN_IF_ERROR(run.output.print(answer, table));
  if (answer.changes().empty()) run.note("nothing is different");
  if (answer.left_out() > 0) {
    run.note(fmt::format("{} further changes are not shown", answer.left_out()));
  }
  return absl::OkStatus();
}

using Verb = absl::Status (*)(Run&, const RulesOptions&);
using Options = std::shared_ptr<RulesOptions>;

void run_with(Commands& commands, CLI::App& app, const Options& options, Verb verb) {
  app.callback([&commands, options, verb] {
    commands.command = [options, verb](Run& run) { return verb(run, *options); };
  });
}

CLI::Option* add_application(CLI::App& app, RulesOptions& options) {
  return app.add_option("--app", options.application, "The application");
}

CLI::Option* add_version(CLI::App& app, const std::string& name, std::int64_t& target,
                         const std::string& help) {
  return app.add_option(name, target, help)->check(CLI::PositiveNumber);
}

void add_apply(Commands& commands, CLI::App& noun, const Options& options) {
  CLI::App& app = *noun.add_subcommand("apply", "Sets the series rules, as a whole, from a file");
  app.add_option("FILE", options->file, "YAML or JSON; '-': standard input")->required();
  add_application(app, *options)->description("The application; not needed if the file names it");
  app.add_option("--comment", options->comment, "What for, for people");
  add_version(app, "--expect-version", options->expected_version,
              "Refuse if another version is the newest");
  app.add_flag("--dry-run", options->dry_run, "Check everything and change nothing");
  app.footer(
      "Example:\n"
      "  millrace series show --app greenhouse > series.yaml\n"
      "  millrace series apply series.yaml --app greenhouse --comment 'latitude moved'");
  run_with(commands, app, options, apply);
}

void add_show(Commands& commands, CLI::App& noun, const Options& options) {
  CLI::App& app =
      *noun.add_subcommand("show", "Prints the series rules as the file that apply takes");
  add_application(app, *options)->required();
  add_version(app, "--version", options->version, "An older version");
  app.footer("Example:\n  millrace series show --app greenhouse --version 3");
  run_with(commands, app, options, show);
}

void add_history(Commands& commands, CLI::App& noun, const Options& options) {
  CLI::App& app = *noun.add_subcommand(
      "history", "Lists the versions of the series rules, newest first: who, when, what for");
  add_application(app, *options)->required();
  app.add_option("--limit", options->limit, "Most versions to show")
      ->check(CLI::Range(std::int64_t{1}, kMaxPageSize))
      ->capture_default_str();
  app.footer("Example:\n  millrace series history --app greenhouse");
  run_with(commands, app, options, history);
}

void add_diff(Commands& commands, CLI::App& noun, const Options& options) {
  CLI::App& app = *noun.add_subcommand(
      "diff",
      "Shows what differs between versions of the series rules, or what a file would change");
  add_application(app, *options)->required();
  add_version(app, "--from", options->from_version,
              "The version before; without it the one before --to, with --file the newest");
  CLI::Option* const to =
      add_version(app, "--to", options->to_version, "The version after; without it the newest");
  app.add_option("--file", options->file, "Rules that are not applied yet; '-': standard input")
      ->excludes(to);
  app.footer(
      "Examples:\n"
      "  millrace series diff --app greenhouse --from 3\n"
      "  millrace series diff --app greenhouse --file series.yaml");
  run_with(commands, app, options, diff);
}

}  // namespace

void add_series_rules_verbs(Commands& commands, CLI::App& noun) {
  const auto options = std::make_shared<RulesOptions>();
  add_apply(commands, noun, options);
  add_show(commands, noun, options);
  add_history(commands, noun, options);
  add_diff(commands, noun, options);
}

}  // namespace millrace::cli
