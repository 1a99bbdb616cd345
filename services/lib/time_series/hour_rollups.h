// SPDX-License-Identifier: Apache-2.0
//
// Makes the rollups of an endpoint from its frames. All frames of an instant make one point of each
// value, by the rule of the readers (point_merger.h): the highest seq that has a slot for the
// value's name counts, a null in it hides what was before, and a string hides a number of the same
// name. Pure; for one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/aggregation/summary.h"
#include "lib/time/clock.h"
#include "lib/time_series/hour.h"

namespace millrace::time_series {

// An hour with fewer frames is read as quickly from them, and its rollup would take more than a
// fifth of their room.
inline constexpr std::size_t kMinFramesOfRollup = 128;

// What the slots of a layout are. Values of one name of a series, whatever their type, have equal
// names here, and only they.
struct LayoutValues {
  std::vector<std::int32_t> number_keys;
  std::vector<std::int32_t> number_names;
  std::vector<std::int32_t> text_names;
};

// As time_series.rollup has it.
struct RollupRow {
  Hour hour;
  std::vector<std::int32_t> value_keys;
  std::string summaries;
};

// A row of time_series.frame, without its texts.
struct NumberFrame {
  time::UnixMicros time;
  std::int64_t seq = 0;
  const LayoutValues* layout = nullptr;
  std::vector<double> numbers;  // null_pattern() of copy_buffer.h is NULL
};

class HourRollups {
 public:
  // In order of time. The layout is valid until end().
  void add(NumberFrame frame);
  void end();
  // Of the hours that are complete and are rolled up: enough frames, all of them finite numbers, so
  // that sums and extremes do not depend on how a span is divided.
  std::vector<RollupRow> take();

 private:
  using Quarters = std::array<aggregation::Summary, kQuartersPerHour>;

  void close_instant();
  void add_alone(const NumberFrame& frame);
  void add_together();
  void add_number(std::size_t value, double number);
  const std::vector<std::size_t>& values_of(const LayoutValues* layout);
  std::size_t value_of(std::int32_t key);
  void close_hour();

  std::vector<NumberFrame> instant_;  // frames of one instant, not added yet
  Hour hour_;
  std::size_t frames_ = 0;  // of the hour
  bool finite_ = true;
  std::vector<std::int32_t> keys_;  // of the values met so far
  std::vector<Quarters> summaries_;
  std::unordered_map<std::int32_t, std::size_t> value_of_key_;
  // slot → value
  std::unordered_map<const LayoutValues*, std::vector<std::size_t>> values_of_layout_;
  std::vector<RollupRow> rows_;
};

}  // namespace millrace::time_series
