// SPDX-License-Identifier: Apache-2.0
//
// Series rules as a list of fields with their texts, and what differs between two of them. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::series_rules {

// What is set in rules that check() has passed, as in the configuration file, but with a value's
// name in place of its number: "auto-extract" → "true", "names.location.latitude.path" →
// "location.latitude", "retention" → "90d".
std::map<std::string, std::string> fields_of(const configuration::v1::SeriesRules& rules);

struct Change {
  std::string field;
  std::string before;  // empty: it was not there
  std::string after;   // empty: it is not there any more
};

// In order of field.
std::vector<Change> diff(const configuration::v1::SeriesRules& before,
                         const configuration::v1::SeriesRules& after);

// 7776000 → "90d": the largest of d, h, m, s that leaves no remainder.
std::string retention_text(std::int64_t seconds);

}  // namespace millrace::series_rules
