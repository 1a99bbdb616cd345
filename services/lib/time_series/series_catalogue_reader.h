// SPDX-License-Identifier: Apache-2.0
//
// Which series exist, and in which slots of which frames their values lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
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
  std::vector<LayoutSlots> layouts;           // ascending layout_key, never empty
  std::vector<std::int32_t> value_keys = {};  // of `values`, in their order
};

// A value of the series asked for, with its key.
struct KeyedValue {
  std::int32_t key = 0;
  ValueDescription description;
};
struct KeyedSeries {
  std::string name;
  std::vector<KeyedValue> values;  // in byte order of name
};

// Those of `series_names` that the application has, in byte order of name.
absl::StatusOr<std::vector<KeyedSeries>> read_keys(postgres::Connection& connection,
                                                   std::int32_t application_key,
                                                   const std::vector<std::string>& series_names);

// Finds the series of one endpoint, a few at a time: an endpoint may have many series in each of
// many layouts, and a statement that gave all of their slots would have millions of rows.
class SeriesFinder {
 public:
  // Rows of one statement, more or less: a series is not divided.
  static constexpr std::size_t kMaxSlots = 50'000;

  // `series` in the order wanted, which outlives the finder.
  static absl::StatusOr<SeriesFinder> open(postgres::Connection& connection,
                                           std::int32_t application_key,
                                           const std::string& endpoint_id,
                                           std::span<const KeyedSeries> series,
                                           std::size_t max_slots = kMaxSlots);

  // Leaves out the series before `name`.
  void skip_to(const std::string& name);
  bool at_end() const { return next_ == series_.size(); }
  // The next of them, those that the endpoint ever had; perhaps none, without being at the end.
  absl::StatusOr<std::vector<StoredSeries>> next(postgres::Connection& connection);

 private:
  SeriesFinder(std::int32_t endpoint_key, std::size_t max_values,
               std::span<const KeyedSeries> series)
      : endpoint_key_(endpoint_key), max_values_(max_values), series_(series) {}

  std::int32_t endpoint_key_;
  std::size_t max_values_;  // of one statement
  std::span<const KeyedSeries> series_;
  std::size_t next_ = 0;
};

}  // namespace millrace::time_series
