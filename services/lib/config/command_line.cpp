// SPDX-License-Identifier: Apache-2.0
#include "lib/config/command_line.h"

#include <optional>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "lib/config/spelling.h"

namespace millrace::config {
namespace {

constexpr char kMarkdown[] = "markdown";

struct ActionFlags {
  CLI::Option* help;
  CLI::Option* version;
  CLI::Option* print_settings;
  CLI::Option* check_config;
  CLI::Option* migrate_only;
};

ActionFlags add_action_flags(CLI::App& app, bool allow_migrate_only) {
  app.set_help_flag();  // CLI11's own would print and throw
  ActionFlags flags{};
  flags.help = app.add_flag("--help,-h");
  flags.version = app.add_flag("--version");
  flags.check_config = app.add_flag("--check-config");
  flags.print_settings = app.add_option("--print-settings")->expected(0, 1);
  if (allow_migrate_only) flags.migrate_only = app.add_flag("--migrate-only");
  return flags;
}

Action print_action(const ActionFlags& flags, std::vector<std::string>& faults) {
  const std::string form = flags.print_settings->results().back();
  if (form.empty()) return Action::kPrintSettings;
  if (form != kMarkdown) {
    faults.push_back(
        fmt::format("--print-settings={}: the only other form is --print-settings=markdown", form));
  }
  return Action::kPrintSettingsMarkdown;
}

// The harmless request wins when several are made.
Action choose_action(const ActionFlags& flags, std::vector<std::string>& faults) {
  if (flags.help->count() > 0) return Action::kHelp;
  if (flags.version->count() > 0) return Action::kVersion;
  if (flags.print_settings->count() > 0) return print_action(flags, faults);
  if (flags.check_config->count() > 0) return Action::kCheckConfig;
  if (flags.migrate_only != nullptr && flags.migrate_only->count() > 0) return Action::kMigrateOnly;
  return Action::kRun;
}

std::string unknown_flag(const std::string& argument, const std::vector<std::string>& known) {
  const std::string flag = argument.substr(0, argument.find('='));
  const std::size_t dashes = std::min(flag.find_first_not_of('-'), flag.size());
  const auto meant = nearest(std::string_view(flag).substr(dashes), known);
  return meant ? fmt::format("{}: no such flag; did you mean --{}?", flag, *meant)
               : fmt::format("{}: no such flag; --help lists them", flag);
}

std::vector<std::string> extra_faults(const std::vector<std::string>& extras,
                                      std::vector<std::string> known) {
  for (const char* action : {"help", "version", "check-config", "print-settings", "migrate-only"}) {
    known.emplace_back(action);
  }
  std::vector<std::string> faults;
  bool after_flag = false;  // a word after an unknown flag is most likely its value
  for (const std::string& extra : extras) {
    const bool flag = extra.size() > 1 && extra.front() == '-';
    if (flag) {
      faults.push_back(unknown_flag(extra, known));
    } else if (!after_flag) {
      faults.push_back(
          fmt::format("\"{}\": unexpected; settings are given as --name value", extra));
    }
    after_flag = flag && extra.find('=') == std::string::npos;
  }
  return faults;
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv,
                              const std::vector<std::string>& settings, bool allow_migrate_only) {
  CommandLine line;
  try {
    CLI::App app;
    app.allow_extras();
    const ActionFlags flags = add_action_flags(app, allow_migrate_only);
    std::map<std::string, const CLI::Option*> options;
    for (const std::string& setting : settings) {
      // Without a value the text is empty, which the setting itself then accepts or refuses.
      options[setting] = app.add_option("--" + setting)
                             ->expected(0, 1)
                             ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
    app.parse(argc, argv);
    for (const auto& [setting, option] : options) {
      if (option->count() > 0) line.values[setting] = option->results().back();
    }
    line.faults = extra_faults(app.remaining(), settings);
    line.action = choose_action(flags, line.faults);
  } catch (const CLI::Error& fault) {
    line.faults.emplace_back(fault.what());
  }
  return line;
}

Environment read_environment(const std::vector<std::string>& environment,
                             const std::vector<std::string>& settings) {
  std::map<std::string, std::string> by_variable;
  std::vector<std::string> variables;
  for (const std::string& setting : settings) {
    variables.push_back(SettingsTable::variable_name(setting));
    by_variable[variables.back()] = setting;
  }
  Environment found;
  for (const std::string& entry : environment) {
    if (entry.rfind(kVariablePrefix, 0) != 0) continue;
    const std::size_t equals = std::min(entry.find('='), entry.size());
    const std::string variable = entry.substr(0, equals);
    if (const auto known = by_variable.find(variable); known != by_variable.end()) {
      found.values[known->second] = entry.substr(std::min(equals + 1, entry.size()));
    } else if (const auto meant = nearest(variable, variables)) {
      found.faults.push_back(
          fmt::format("{}: no such environment variable; did you mean {}?", variable, *meant));
    }
  }
  return found;
}

}  // namespace millrace::config
