// SPDX-License-Identifier: Apache-2.0
//
// How many values and layouts an endpoint uses, so that no endpoint can use up what its application
// has. Nothing is counted while samples come in: endpoint_layout says it all, and it is asked about
// an endpoint only when that endpoint brings a layout for the first time. What is remembered from
// one batch to the next are the endpoints that were found at a bound, with all they have: they may
// bring something new with each sample, which then costs no statement. docs/decisions/0007 has the
// reasons. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/recent_cache.h"

namespace millrace::time_series {

struct EndpointLimits {
  std::size_t max_values = 1000;
  std::size_t max_layouts = 100;  // of several values
};

class EndpointUsage {
 public:
  EndpointUsage(postgres::Connection& connection, EndpointLimits limits)
      : connection_(connection), limits_(limits) {}

  // What one endpoint has, read from PostgreSQL in this batch or before, and what the batch adds.
  struct Exact {
    std::set<std::int32_t> values;
    std::set<std::int32_t> layouts;  // of several values
    // Of the batch: values without a key yet, and layouts without one.
    std::set<std::string, std::less<>> new_names;
    std::size_t new_layouts = 0;
    bool read_now = false;  // in this batch
    // Of what was read.
    bool values_full = false;
    bool layouts_full = false;

    std::size_t value_count() const { return values.size() + new_names.size(); }
    std::size_t layout_count() const { return layouts.size() + new_layouts; }
  };
  // What a batch may add to an endpoint, at most.
  struct Demand {
    std::size_t values = 0;
    std::size_t layouts = 0;
  };
  using Demands = std::unordered_map<std::int32_t, Demand>;

  // Forgets what the batch before added and did not finish.
  void begin();
  // Null when the endpoint was at no bound when it was last read. Valid until finish().
  Exact* find_bounded(std::int32_t endpoint_key);
  // Of `demands` those that may meet a bound, by a sum that counts a value once for each layout
  // that has it.
  absl::StatusOr<std::set<std::int32_t>> may_exceed(const Demands& demands);
  // Reads what the endpoint has. Valid until finish().
  absl::StatusOr<Exact*> read(std::int32_t endpoint_key);

  // Whether a further value or layout may be added. Nothing is refused on what another replica or
  // writer may have changed since: an endpoint seems full only when it was when read in this batch,
  // or was before.
  absl::StatusOr<bool> has_value_room(std::int32_t endpoint_key, Exact& exact);
  absl::StatusOr<bool> has_layout_room(std::int32_t endpoint_key, Exact& exact);

  // What was added is committed: `new_names` and `new_layouts` have become keys. Remembers the
  // endpoints at a bound.
  void finish();

 private:
  absl::Status read_into(std::int32_t endpoint_key, Exact& exact);

  postgres::Connection& connection_;
  const EndpointLimits limits_;
  std::unordered_map<std::int32_t, Exact> batch_;
  // Weights are numbers of keys: at most some 50 MB of them.
  RecentCache<std::int32_t, Exact> bounded_{1'000'000};
};

}  // namespace millrace::time_series
