// SPDX-License-Identifier: Apache-2.0
//
// Reads frames of an endpoint and puts the rollups of their hours into time_series.rollup, in the
// caller's transaction, which has to be READ COMMITTED. Memory: a page of frames, a record of 84
// bytes a quarter and value, the layouts met. For one thread and connection, prepared by
// prepare_session() of reader.h; after a failure it is of no more use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/postgres/copy_buffer.h"
#include "lib/time_series/hour_rollups.h"
#include "lib/time_series/week.h"

namespace millrace::time_series {

// Hours of one week: from <= hour < until.
struct HourRange {
  Hour from;
  Hour until;
  bool empty() const { return from >= until; }
};

struct BuiltRollups {
  std::int64_t frames = 0;  // read
  std::int64_t hours = 0;   // written
};

class RollupBuilder {
 public:
  explicit RollupBuilder(postgres::Connection& connection) : connection_(connection) {}

  // Of the endpoints behind `behind`, the next kEndpointsPerLook: those with frames enough in
  // `hours` that some hour may be rolled up, and the last one looked at; 0: there are no more.
  struct Candidates {
    std::vector<std::int32_t> endpoint_keys;
    std::int32_t last = 0;
  };
  static constexpr std::int64_t kEndpointsPerLook = 500;
  absl::StatusOr<Candidates> candidates(Week week, HourRange hours, std::int32_t behind);

  // Puts them in the place of those that are there. Frames come from the week's table itself,
  // attached or not. What it did is added to `built`.
  absl::Status build(std::int32_t endpoint_key, Week week, HourRange hours, BuiltRollups& built);

 private:
  absl::StatusOr<int> read_page(const std::string& sql, std::vector<postgres::Param>& params);
  absl::Status load_layouts(const postgres::Result& frames);
  absl::Status write(std::int32_t endpoint_key, const std::vector<RollupRow>& rows);

  postgres::Connection& connection_;
  std::unordered_map<std::int32_t, LayoutValues> layouts_;
  HourRollups rollups_;
  postgres::CopyBuffer buffer_;
};

}  // namespace millrace::time_series
