// SPDX-License-Identifier: Apache-2.0
//
// What stands on a command line and in the environment, as text, before any value is looked at.
// The only user of CLI11.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/config/settings_table.h"

namespace millrace::config {

inline constexpr char kVariablePrefix[] = "MILLRACE_";

struct CommandLine {
  Action action = Action::kRun;
  std::map<std::string, std::string> values;  // setting → text, last one given
  std::vector<std::string> faults;            // a line each
};

// `settings`: the names that exist. `allow_migrate_only` makes --migrate-only exist.
CommandLine read_command_line(int argc, const char* const* argv,
                              const std::vector<std::string>& settings, bool allow_migrate_only);

struct Environment {
  std::map<std::string, std::string> values;  // setting → text
  std::vector<std::string> faults;
};

// `environment`: "NAME=value" strings. Variables without our prefix, and those far from every name
// in `settings` (they belong to another service started from the same environment), are left alone.
Environment read_environment(const std::vector<std::string>& environment,
                             const std::vector<std::string>& settings);

}  // namespace millrace::config
