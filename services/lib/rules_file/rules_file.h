// SPDX-License-Identifier: Apache-2.0
//
// Series rules as a file that people write: YAML or JSON, plain or in the nesting of Kaa's
// configuration. docs/series.md has every key. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::rules_file {

struct RulesFile {
  // As series_rules::check() returns them.
  configuration::v1::SeriesRules rules;
  // The application whose part of a file in Kaa's form was read; empty in the plain form.
  std::string application_name;
  // What was read and passed over, for people: "series.yaml:4: …".
  std::vector<std::string> notes;
};

// `name` is what messages call the file. `application_name` chooses among those of a file in Kaa's
// form, and may be empty where there is one; the plain form names none. kInvalidArgument: each
// fault of form and of rule is on a line, "series.yaml:12: names.location.values[0].pth: …", in
// order of line, the first 100 of them.
absl::StatusOr<RulesFile> read_rules_file(const std::string& name, std::string_view text,
                                          const std::string& application_name);

}  // namespace millrace::rules_file
