// SPDX-License-Identifier: Apache-2.0
//
// The newest frames of an endpoint as they are stored, with the names of their values: what became
// of its samples, not its series (range_reader.h). A reader as reader.h says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time/clock.h"
#include "lib/time_series/value_type.h"

namespace millrace::time_series {

struct StoredValue {
  std::string series_name;
  std::string value_name;
  ValueType type = ValueType::kNumber;
  std::optional<double> number;     // and booleans, as 0 and 1
  std::optional<std::string> text;  // neither: null
};

struct StoredFrame {
  time::UnixMicros time;
  std::int64_t seq = 0;
  // Earlier samples of the same layout and instant that it replaced.
  std::int32_t replaced = 0;
  // In order of the layout, at most kMaxHistoryValues of them.
  std::vector<StoredValue> values;
};

inline constexpr std::int32_t kMaxHistoryValues = 64;

// Newest first, at most `limit` frames.
absl::StatusOr<std::vector<StoredFrame>> read_newest_frames(postgres::Connection& connection,
                                                            std::int32_t application_key,
                                                            const std::string& endpoint_id,
                                                            std::int64_t limit);

// Which of these positions of the stream have ended, as the ledger has it.
absl::StatusOr<std::vector<std::int64_t>> read_ended(postgres::Connection& connection,
                                                     const std::vector<std::int64_t>& sequences);

}  // namespace millrace::time_series
