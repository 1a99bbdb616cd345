// SPDX-License-Identifier: Apache-2.0
//
// Puts the frames of one series together again: all rows of one instant make one point, and each
// value comes from the row with the highest seq that has it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/time/clock.h"
#include "lib/time_series/series_catalogue_reader.h"

namespace millrace::time_series {

// One value of each point of a batch. `numbers` (booleans as 0 and 1) or `texts`, as `type` says,
// is as long as `present`; where the point has no such value, or an explicit null, it holds 0 or
// "".
struct PointColumn {
  ValueDescription value;
  std::vector<double> numbers;
  std::vector<std::string> texts;
  std::vector<bool> present;
};

// Points of one series of one endpoint, in order of time.
struct PointBatch {
  std::vector<time::UnixMicros> times;
  std::vector<PointColumn> columns;
};

// One value of a row: null, or the member its type says.
struct FrameValue {
  bool null = true;
  double number = 0;
  std::string text;
};

// The part of a frame that belongs to the series: values[i] counts only where the layout has a
// slot for it.
struct FrameRow {
  time::UnixMicros time;
  std::int64_t seq = 0;
  std::int32_t layout_key = 0;
  std::vector<FrameValue> values;
};

class PointMerger {
 public:
  explicit PointMerger(const StoredSeries& series);

  // Rows come in order of time, rising or falling; rows of one instant in any order. A point is
  // added to the batch when a row of another instant, or end(), shows that it is complete.
  void add(const FrameRow& row);
  void end();

  // Whether rows of an instant came that may not be all of it.
  bool has_open_point() const { return open_; }
  // The complete points; the open one stays.
  PointBatch take();
  // For who knows that a row is a whole point: appends to it instead of add().
  PointBatch& complete() { return batch_; }

 private:
  // Values of one name: at most one of them counts at an instant, also where the rules changed the
  // value's type and two exist.
  struct Latest {
    std::int64_t seq = -1;  // no row yet
    std::size_t column = 0;
    FrameValue value;
  };

  const std::vector<std::int32_t>* slots_of(std::int32_t layout_key) const;
  PointBatch empty_batch() const;
  void append(std::size_t column);

  const std::vector<ValueDescription> values_;
  const std::vector<LayoutSlots> layouts_;  // ascending layout_key
  std::vector<std::size_t> name_of_;        // column → index into latest_
  std::vector<Latest> latest_;
  bool open_ = false;
  time::UnixMicros open_time_;
  PointBatch batch_;
};

}  // namespace millrace::time_series
