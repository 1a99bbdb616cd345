// SPDX-License-Identifier: Apache-2.0
//
// Which series exist, and in which slots of which frames their values lie.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/reader.h"

namespace millrace::time_series {

// The series of an application; with `endpoint_ids`, those that one of them ever had. In byte order
// of name, values too.
absl::StatusOr<std::vector<SeriesDescription>> list_series(
    postgres::Connection& connection, std::int32_t application_key,
    const std::vector<std::string>& endpoint_ids);

// A layout that holds some of a series' values: slots[i] is the position (from 1) of values[i] of
// the series in frame.numbers or frame.texts, 0 where the layout has no such value.
struct LayoutSlots {
  std::int32_t layout_key = 0;
  std::vector<std::int32_t> slots;
};

// Where one series of one endpoint is found.
struct StoredSeries {
  std::int32_t endpoint_key = 0;
  std::string name;
  std::vector<ValueDescription> values;
  std::vector<LayoutSlots> layouts;  // ascending layout_key, never empty
};

// Those of `series_names` that the endpoint ever had, in byte order of name.
absl::StatusOr<std::vector<StoredSeries>> find_series(postgres::Connection& connection,
                                                      std::int32_t application_key,
                                                      const std::string& endpoint_id,
                                                      const std::vector<std::string>& series_names);

}  // namespace millrace::time_series
