// SPDX-License-Identifier: Apache-2.0
//
// Samples that could not be stored, newest first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/reader.h"

namespace millrace::time_series {

// Behind which sample to go on.
struct RejectedPosition {
  time::UnixMicros received_at;
  std::int64_t seq = 0;
  std::string endpoint_id;
  bool operator==(const RejectedPosition&) const = default;
};

struct RejectedQuery {
  std::int32_t application_key = 0;
  std::string endpoint_id;  // empty: of all endpoints
  std::optional<time::UnixMicros> from;
  std::optional<time::UnixMicros> to;  // not included
  std::optional<RejectedPosition> behind;
  std::int64_t limit = 100;
  std::string reason = {};  // one of the words; empty: any
};

struct RejectedSample {
  RejectedPosition position;
  std::string app_version_name;
  std::string reason;
  std::string detail;
  bool partly_stored = false;
  std::string sample;  // bytes as sent
  bool sample_cut = false;
  std::int64_t rules_version = 0;
  std::string correlation_id;
  std::string path;
  std::string value;  // bytes as sent
  std::int32_t sample_count = 1;
  std::string content_type;
  // Another one each time the row is written anew.
  std::int64_t row_version = 0;
};

absl::StatusOr<std::vector<RejectedSample>> read_rejected_samples(postgres::Connection& connection,
                                                                  const RejectedQuery& query);

}  // namespace millrace::time_series
