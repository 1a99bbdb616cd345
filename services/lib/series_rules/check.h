// SPDX-License-Identifier: Apache-2.0
//
// Whether series rules may take effect: the same answer for whoever asks, before they are applied
// (registry), tried (query) or sent (the command line). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::series_rules {

// Serialized. An answer of the registry over NATS, which takes 1 MiB, holds them.
inline constexpr std::size_t kMaxBytes = 256 << 10;
inline constexpr int kMaxSeries = 1000;
inline constexpr int kMaxValues = 10'000;
inline constexpr int kMaxExclusions = 1000;
// Values that may be taken from one place of a sample. It bounds by how much what comes out of an
// upload can be larger than the upload.
inline constexpr std::size_t kMaxValuesOfPath = 64;

struct Fault {
  std::string field;  // as the configuration file writes it: names.location.values[1].path
  std::string what;   // a sentence with the value and the rule
};

struct Checked {
  // With defaults filled in: value names, types, format and fallback; paths in their bare form; no
  // timestamp rule where its path is empty; version 0.
  configuration::v1::SeriesRules rules;
  // All of them, in the order of the message. Empty: the rules may take effect.
  std::vector<Fault> faults;
};

Checked check_all(const configuration::v1::SeriesRules& rules);

// The same as one status: kInvalidArgument has each fault on a line, the first 20 of them and no
// more than gRPC takes in a status.
absl::StatusOr<configuration::v1::SeriesRules> check(const configuration::v1::SeriesRules& rules);

}  // namespace millrace::series_rules
