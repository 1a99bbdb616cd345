// SPDX-License-Identifier: Apache-2.0
//
// Series rules as the file that people edit. Pure.
#pragma once

#include <string>

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::rules_file {

// The plain form, in YAML. `rules` as series_rules::check() returns them; read_rules_file() gives
// the same back.
std::string write_rules_file(const configuration::v1::SeriesRules& rules);

}  // namespace millrace::rules_file
