// SPDX-License-Identifier: Apache-2.0
//
// Series rules that a person hands over.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "cli/command_line.h"

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::cli {

struct RulesDocument {
  std::string application_name;
  configuration::v1::SeriesRules rules;
};

// `application` is what --app says, and may be empty where the file, in Kaa's form, names it. What
// the file says beside the rules is told as a note.
absl::StatusOr<RulesDocument> read_rules_document(Run& run, const std::string& path,
                                                  const std::string& application);

}  // namespace millrace::cli
